"""The command line: arguments in, exit codes and one-line errors out. It knows argv only."""
