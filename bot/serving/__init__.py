"""Running the program's processes on one machine: the lock, the children, the first start."""
