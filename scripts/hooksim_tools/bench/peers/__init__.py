"""Other mocks, measured in the same run as hooksim: how they start, what they hold, and what they get through."""
