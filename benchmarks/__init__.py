"""Speed, memory and quality, measured beside named peers. `make bench` runs all; `python -m benchmarks NAME` one."""
