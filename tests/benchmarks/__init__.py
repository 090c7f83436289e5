"""Benchmarks: each module has ``run(env, sizes)``, which gives rows to print beside each other.

``SIZES`` says what it is given: the usual sizes, the smallest, with which ``./dev test benchmarks`` sees that it still
runs and ends, and the large ones, which take minutes.
"""
