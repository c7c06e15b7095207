"""How a command of the fake ends that was understood and went wrong."""


class Failed(Exception):
    """The real tool's words after `ERROR: (gcloud....) `."""
