"""The pool agent: PID 1 of a pgpool pod; it renders the files, supervises pgpool and keeps its view true."""
