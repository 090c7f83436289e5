"""What `./dev` is made of. Only Python's standard library, so that it starts anywhere."""
