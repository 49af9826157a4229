"""Other mocks, measured in the same run as hooksim: their start, their memory and their throughput."""
