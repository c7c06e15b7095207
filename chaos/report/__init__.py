"""Pictures, numbers and pages from judged histories."""
