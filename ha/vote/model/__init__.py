"""A model check of the vote: the real decisions in every reachable state of small clusters.

`python -m ha.vote.model` explores what the unit tests do, `--deep` more, `--weak` the weakened rules and
prints how each of them loses a write. What is left out, and why nothing is lost by it:

- Messages are never lost, late or reordered as such: one that was sent stays readable, and acting on it is
  a step that may be taken now, later or never. That covers one-way cuts too. Streamed WAL likewise: what a
  primary once wrote may still arrive, whatever became of it, at whoever has not left that upstream.
- A paused node, and a dead one until it starts again, is one that takes no step. A crash is the moment of
  the start: what is not on disk is gone.
- Nothing refuses (rule 6) and nobody waits: refusals and clocks only forbid, and whatever they forbid the
  model leaves to chance. They count where a healed cluster must get a primary again (healed.py).
- To be asked, to record, to detach and to answer is one step: until the answer nobody can tell, and
  whatever arrives in between might as well have arrived before. So are counting and leading: what has been
  told cannot be taken back, and a vote given meanwhile shows in the second look.
- Only candidacies that are open ask, and holds end the moment their owner calls them closed: both the
  other way round would only bind more. A stopped primary that does nothing else is like a paused one.
- A write is acknowledged the moment k standbys have flushed it, if its primary runs (judge.py).

Not modelled: changes of N and k, disks that lie, two agents on one volume (its lock), synchronous_commit
off or a cancelled wait, what standbys show to readers (I6), cascaded standbys, and a record that is lost on
more than one node.
"""
