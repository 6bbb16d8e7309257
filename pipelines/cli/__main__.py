"""``python -m pipelines.cli``, and the command ``pipelines``."""

from pipelines.cli.stopping import stoppable


def main() -> None:
    """Run the command line, which a signal ends with one sentence from its first moment on."""
    with stoppable():
        from pipelines.cli.commands import main as run

        run()


if __name__ == "__main__":
    main()
