"""``python -m pipelines.cli``."""

from pipelines.cli.commands import main

if __name__ == "__main__":
    main()
