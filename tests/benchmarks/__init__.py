"""Benchmarks: each module has ``run(env, large)``, which gives rows to print beside each other."""
