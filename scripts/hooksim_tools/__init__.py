"""What the commands in scripts/ share and do: one harness of the simulator, and a folder for each larger command."""
