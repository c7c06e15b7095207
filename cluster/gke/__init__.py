"""The platform on Google Kubernetes Engine: facts in, an ordered list of commands out, a thin loop that runs them."""
