"""The promotion vote: what makes I0 and I1 hold when links fail one way. Pure decisions and one durable file.

The invariants. I0: an acknowledged write is in the history of every later primary. I1: no node acknowledges
a write that is absent from the newest acknowledging history.

Comparing positions is not enough. Between the candidate's look and its promotion, a sibling that still
hears the old primary goes on confirming to it. So a vote is not an opinion but a surrender: whoever grants
an epoch first stops receiving, and stays bound until the candidate has led or has durably given up.

The argument. Write N for the members and k for the standbys that must confirm (`ANY k`).

  A write acknowledged in epoch e is on k+1 nodes: its primary, and k standbys that flushed it while they
  received in e. The winner of a later epoch f has the grants of at least N-k nodes, itself included. As
  (k+1) + (N-k) > N, some node X is in both sets.

  Did X hold the write before it granted f? Then the position that it told includes the write, the winner
  was not behind that position, and so the winner holds the write.

  Did X grant f first? From then on its hold of f, or its floor once it has followed f or newer, forbids it
  to receive in e, its upstream was cleared before it answered, and no restart brings it back; and if X was
  the primary of e, granting stopped it. Only one answer ends a hold: that f was closed, durably, without
  having been led. But f was led. So X can never have confirmed the write, against what we assumed.

  Does "not behind" mean "contains"? Positions are (epoch of the writer of the last flushed record, LSN).
  Within one epoch one primary wrote, so the higher LSN contains the lower. A higher epoch contains what was
  acknowledged in lower ones by this same argument, one epoch earlier; what it may lack was never
  acknowledged. LSNs alone would let a long unacknowledged branch outrank a short acknowledged one, and
  timelines do not name histories: two winners from one parent both create the same number.

  I1 is the same statement read from the other end: had a deposed primary of e gathered k confirmations
  after f was led, its write would be on k+1 nodes and not in f, which was just excluded.

What remains is that all of this survives crashes (the record is fsynced before the act it licenses), and
that somebody can always stand: a promise only forbids what is lower, so a higher epoch is always free.

The numbered rules of design.md and where they are decided:

  1 record.py, store.py, life.reborn   2 epoch.Epoch.above        3 epoch.Position, lineage.position
  4 5 6 ballot.consider, answer        7 candidacy.count          8 candidacy.lead
  9 candidacy.close, says              10 allegiance.release      11 allegiance.follow
  12 lineage.way_back                  13 life.restart            14 course.heir, may_heed
  15 course.next_move

Two things are more than the rules say, each because the model (ha.vote.model) found a counter-example
without it. The epoch of a record is told by recorded reigns (epoch, switch LSN), noted before the first
byte of that epoch can arrive: a primary that dies between its end-of-recovery record and its epoch's row
leaves records that look like the epoch before. And a connection is bound to its epoch (a replication slot
that exists for that epoch only): a walreceiver that reconnects by itself to an address where a newer
primary now runs would receive without having raised its floor.

How to call it. Every function takes the present record and facts, and says what to record and then to do.
One lock serves all of them: read the facts under it, decide, `Store.write` the record, do the acts in their
order, and only then let go. Nothing may be told, stopped, cleared or promoted before the record is on disk.
"""

from __future__ import annotations
