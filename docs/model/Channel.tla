------------------------------- MODULE Channel -------------------------------
(* One application channel: batches are ordered by digest, peers execute what *)
(* was ordered, certify headers with a quorum, void a batch that cannot be    *)
(* had, and hand over to the peers of the next epoch. README.md tells what is *)
(* left out, and where the code is.                                           *)
EXTENDS Naturals, FiniteSets, Sequences, TLC

CONSTANTS
    Peers,          \* all nodes
    Byzantine,      \* those of them that say anything at any time
    Unfair,         \* honest peers that may stop for ever (liveness only)
    First, Second,  \* the peers of epoch 1 and of epoch 2
    Plan,           \* the blocks that may be ordered, in sequence
    Crashes,        \* whether honest peers may crash and restart
    MaxWipes,       \* disks that may be lost
    WipesUntil,     \* height ordered up to which they may be lost
    ByzantineSign   \* whether a certificate may hold a Byzantine signature

CONSTANTS           \* the rules; each configuration that drops one must fail
    DurableFirst,   \* a batch is durable before anything is signed for it
    PersistPromise, \* a promise is durable before its vote is sent
    Revocable,      \* a promise may be withdrawn
    FinalWithdraw,  \* a withdrawn vote never stands again
    VoidByQuorum,   \* q votes void; otherwise half of the peers do
    OwnEpochOnly,   \* only peers of the envelope's epoch count
    VotesOutlive,   \* votes count by the envelope's epoch, also when that ended
    WipedWaits,     \* a wiped peer signs no execution up to its horizon
    WipedChain,     \* ... and nothing that stands on one, until it is certified
    WipedNoVotes,   \* a wiped peer promises nothing up to its horizon
    HandoverFirst   \* a block is signed after the handover below is certified

VARIABLES
    order,      \* what was ordered: batches, ticks, the epoch change, and the
                \* places at which a void was decided
    standing,   \* [batch -> peers whose void votes stand at the order's end]
    withdrawn,  \* [batch -> peers whose withdrawals were ordered in time]
    sent,       \* [batch -> peers that have ever sent a void vote]
    held,       \* [peer -> batches at hand], durable unless in `loose`
    loose,      \* [peer -> batches in memory only]; empty if DurableFirst
    promised,   \* [peer -> batches that it promised not to execute]
    marks,      \* [peer -> batches that it rolled back, durable]
    chain,      \* [peer -> outcomes of its blocks, by height], durable
    read,       \* [peer -> place in the order up to which it has read]
    signed,     \* [peer -> headers signed]: a header is the chain up to it
    wiped,      \* peers that lost their disk
    wipes,      \* how many disks were lost
    horizon     \* [peer -> height ordered when it lost its disk]

vars == <<order, standing, withdrawn, sent, held, loose, promised, marks, chain,
          read, signed, wiped, wipes, horizon>>
votes == <<standing, withdrawn, sent>>
losses == <<wiped, wipes, horizon>>

Honest == Peers \ Byzantine

Members(e) == IF e = 1 THEN First ELSE Second

\* Must be as ledger::quorum_of.
Quorum(set) ==
    LET n == Cardinality(set)
    IN IF n <= 2 THEN n ELSE IF n = 3 THEN 2 ELSE (2 * n) \div 3 + 1

\* What plans are made of: an envelope names the epoch for which its batch was signed.
Batch(x, e) == [kind |-> "batch", of |-> x, epoch |-> e]
Tick == [kind |-> "tick", of |-> 0, epoch |-> 0]      \* a block without a batch
Change == [kind |-> "change", of |-> 0, epoch |-> 0]  \* the control record of epoch 2
OneBatch == <<Batch(1, 1)>>
BatchThenTick == <<Batch(1, 1), Tick>>
TwoBatches == <<Batch(1, 1), Batch(2, 1)>>
BatchThenChange == <<Batch(1, 1), Change, Tick>>
LateBatch == <<Change, Batch(1, 1), Batch(2, 2)>>

Heights == 1..Len(Plan)
Batches == {Plan[h].of : h \in {i \in Heights : Plan[i].kind = "batch"}}
HeightOf(x) == CHOOSE h \in Heights : Plan[h].of = x
EpochOf(x) == Plan[HeightOf(x)].epoch
ChangeHeight == CHOOSE h \in Heights : Plan[h].kind = "change"
\* The change belongs to the epoch that it ends.
EpochAt(h) == IF \E i \in 1..(h - 1) : Plan[i].kind = "change" THEN 2 ELSE 1

VoidQuorum(x) ==
    IF VoidByQuorum THEN Quorum(Members(EpochOf(x)))
                    ELSE Cardinality(Members(EpochOf(x))) \div 2

-----------------------------------------------------------------------------
(* The order: heights of the plan, and the places at which a void was decided. *)

Block(h) == [block |-> h, void |-> 0]
Decision(x) == [block |-> 0, void |-> x]
IsBlock(item) == item.block # 0

OrderedHeight == Len(SelectSeq(order, IsBlock))
Ordered(x) == HeightOf(x) <= OrderedHeight
Voided(x) == \E i \in 1..Len(order) : order[i].void = x

\* Where the order has the block of a height; 0: before the first.
PlaceOf(h) == IF h = 0 THEN 0 ELSE CHOOSE i \in 1..Len(order) : order[i].block = h

KnownVoided(p, x) ==
    \/ x \in marks[p]
    \/ \E i \in 1..read[p] : order[i].void = x

-----------------------------------------------------------------------------
(* Certificates. *)

AllSigned == UNION {signed[p] : p \in Honest}

Signers(header) ==
    {p \in Honest : header \in signed[p]} \cup (IF ByzantineSign THEN Byzantine ELSE {})

Certified(header) ==
    LET set == Members(EpochAt(Len(header)))
    IN Cardinality(Signers(header) \cap set) >= Quorum(set)

CertifiedHeaders == {header \in AllSigned : Certified(header)}

-----------------------------------------------------------------------------
Init ==
    /\ order = <<>>
    /\ standing = [x \in Batches |-> {}]
    /\ withdrawn = [x \in Batches |-> {}]
    /\ sent = [x \in Batches |-> {}]
    /\ held = [p \in Honest |-> {}]
    /\ loose = [p \in Honest |-> {}]
    /\ promised = [p \in Honest |-> {}]
    /\ marks = [p \in Honest |-> {}]
    /\ chain = [p \in Honest |-> <<>>]
    /\ read = [p \in Honest |-> 0]
    /\ signed = [p \in Honest |-> {}]
    /\ wiped = {}
    /\ wipes = 0
    /\ horizon = [p \in Honest |-> 0]

Gets(p, x) ==
    /\ held' = [held EXCEPT ![p] = @ \cup {x}]
    /\ loose' = IF DurableFirst THEN loose ELSE [loose EXCEPT ![p] = @ \cup {x}]

\* Availability: q peers of the epoch signed for the batch. An honest one held it
\* when it signed; a Byzantine one need not; a wiped one may have lost it since.
SignedFor(x) ==
    \E signers \in SUBSET (Honest \cap Members(EpochOf(x))) :
        \E lost \in SUBSET (signers \cap wiped) :
            /\ Cardinality(signers \cup (Byzantine \cap Members(EpochOf(x))))
                 >= Quorum(Members(EpochOf(x)))
            /\ LET got == [p \in Honest |-> IF p \in signers \ lost THEN {x} ELSE {}]
               IN /\ held' = [p \in Honest |-> held[p] \cup got[p]]
                  /\ loose' = IF DurableFirst THEN loose
                              ELSE [p \in Honest |-> loose[p] \cup got[p]]

OrderBlock ==
    /\ OrderedHeight < Len(Plan)
    /\ LET item == Plan[OrderedHeight + 1]
       IN IF item.kind = "batch" THEN SignedFor(item.of) ELSE UNCHANGED <<held, loose>>
    /\ order' = Append(order, Block(OrderedHeight + 1))
    /\ UNCHANGED <<votes, promised, marks, chain, read, signed, losses>>

\* Votes of an epoch that ended: dropped with all its envelopes, if VotesOutlive is not kept.
VoteCounts(p, x) ==
    /\ Ordered(x) /\ ~Voided(x)
    /\ OwnEpochOnly => p \in Members(EpochOf(x))
    /\ VotesOutlive \/ EpochOf(x) = EpochAt(OrderedHeight + 1)

\* A vote may be ordered late, and again: whoever saw it can submit it.
OrderVoid(p, x) ==
    /\ VoteCounts(p, x)
    /\ p \in Byzantine \cup sent[x]
    /\ p \notin standing[x]
    /\ FinalWithdraw => p \notin withdrawn[x]
    /\ standing' = [standing EXCEPT ![x] = @ \cup {p}]
    /\ order' = IF Cardinality(standing'[x]) >= VoidQuorum(x)
                THEN Append(order, Decision(x)) ELSE order
    /\ UNCHANGED <<withdrawn, sent, held, loose, promised, marks, chain, read, signed, losses>>

OrderWithdraw(p, x) ==
    /\ Revocable
    /\ VoteCounts(p, x)
    /\ p \notin withdrawn[x]
    /\ IF p \in Byzantine THEN TRUE ELSE x \in promised[p] \cap held[p]
    /\ standing' = [standing EXCEPT ![x] = @ \ {p}]
    /\ withdrawn' = [withdrawn EXCEPT ![x] = @ \cup {p}]
    /\ UNCHANGED <<order, sent, held, loose, promised, marks, chain, read, signed, losses>>

-----------------------------------------------------------------------------
(* An honest peer. *)

NextHeight(p) == Len(chain[p]) + 1
AtBatch(p, x) ==
    /\ NextHeight(p) <= OrderedHeight
    /\ Plan[NextHeight(p)].of = x
    /\ EpochOf(x) = EpochAt(NextHeight(p))

\* Reads on to the next decision, blocked or not. A decision about a batch that was
\* executed takes the peer back to the block before it.
Read(p) ==
    \E place \in (read[p] + 1)..Len(order) :
        /\ ~IsBlock(order[place])
        /\ \A i \in (read[p] + 1)..(place - 1) : IsBlock(order[i])
        /\ read' = [read EXCEPT ![p] = place]
        /\ LET x == order[place].void
           IN IF Len(chain[p]) >= HeightOf(x) /\ chain[p][HeightOf(x)] = "run"
              THEN /\ marks' = [marks EXCEPT ![p] = @ \cup {x}]
                   /\ chain' = [chain EXCEPT ![p] = SubSeq(@, 1, HeightOf(x) - 1)]
              ELSE UNCHANGED <<marks, chain>>
        /\ UNCHANGED <<order, votes, held, loose, promised, signed, losses>>

Free(p, x) == x \notin promised[p] \/ p \in withdrawn[x]

\* Replica::may_sign. What this peer knew before it lost its disk it does not know: it
\* may have promised the contrary. With q = n nobody can be outvoted.
MayContradict(p, header, h) ==
    /\ p \in wiped
    /\ h <= horizon[p]
    /\ header[h] = "run"
    /\ Quorum(Members(EpochAt(h))) < Cardinality(Members(EpochAt(h)))

\* A header stands for all blocks below it.
MaySign(p, header) ==
    LET top == Len(header)
    IN /\ p \in Members(EpochAt(top))
       /\ WipedWaits => ~MayContradict(p, header, top)
       /\ \A h \in 1..(top - 1) :
            \/ Certified(SubSeq(header, 1, h))
            \/ /\ WipedChain => ~MayContradict(p, header, h)
               /\ HandoverFirst => EpochAt(h) = EpochAt(top)

\* One block, durable, and its signature if that may be given now.
Execute(p) ==
    /\ NextHeight(p) <= OrderedHeight
    /\ LET item == Plan[NextHeight(p)]
           place == PlaceOf(NextHeight(p))
       IN \E outcome \in {"run", "void", "skip", "change", "tick"} :
            /\ CASE item.kind # "batch" -> outcome = item.kind
                 [] EpochOf(item.of) # EpochAt(NextHeight(p)) -> outcome = "skip"
                 [] KnownVoided(p, item.of) -> outcome = "void"
                 [] OTHER -> outcome = "run" /\ item.of \in held[p] /\ Free(p, item.of)
            /\ LET header == Append(chain[p], outcome)
               IN /\ chain' = [chain EXCEPT ![p] = header]
                  /\ signed' = IF MaySign(p, header) THEN [signed EXCEPT ![p] = @ \cup {header}]
                               ELSE signed
            /\ read' = IF read[p] < place THEN [read EXCEPT ![p] = place] ELSE read
    /\ UNCHANGED <<order, votes, held, loose, promised, marks, losses>>

\* A signature that had to wait for a certificate below.
SignLater(p) ==
    \E h \in 1..Len(chain[p]) :
        /\ SubSeq(chain[p], 1, h) \notin signed[p]
        /\ MaySign(p, SubSeq(chain[p], 1, h))
        /\ signed' = [signed EXCEPT ![p] = @ \cup {SubSeq(chain[p], 1, h)}]
        /\ UNCHANGED <<order, votes, held, loose, promised, marks, chain, read, losses>>

Blocked(p, x) == AtBatch(p, x) /\ x \notin held[p] /\ ~KnownVoided(p, x)

\* From a peer that has it; a Byzantine peer serves when it likes.
Fetch(p, x) ==
    /\ Blocked(p, x)
    /\ \/ \E r \in Honest : x \in held[r]
       \/ Byzantine # {}
    /\ Gets(p, x)
    /\ UNCHANGED <<order, votes, promised, marks, chain, read, signed, losses>>

\* The timeout: no clock, so it may end at any time while the peer is blocked.
Promise(p, x) ==
    /\ Blocked(p, x)
    /\ x \notin promised[p]
    /\ OwnEpochOnly => p \in Members(EpochOf(x))
    /\ WipedNoVotes /\ p \in wiped => HeightOf(x) > horizon[p]
    /\ promised' = [promised EXCEPT ![p] = @ \cup {x}]
    /\ sent' = [sent EXCEPT ![x] = @ \cup {p}]
    /\ UNCHANGED <<order, standing, withdrawn, held, loose, marks, chain, read, signed, losses>>

\* Memory is lost: the order is read again from the last block.
Crash(p) ==
    /\ Crashes
    /\ read' = [read EXCEPT ![p] = PlaceOf(Len(chain[p]))]
    /\ held' = [held EXCEPT ![p] = @ \ loose[p]]
    /\ loose' = [loose EXCEPT ![p] = {}]
    /\ promised' = IF PersistPromise THEN promised ELSE [promised EXCEPT ![p] = {}]
    /\ UNCHANGED <<order, votes, marks, chain, signed, losses>>

\* The disk is lost; keys and what was sent are not.
Wipe(p) ==
    /\ wipes < MaxWipes
    /\ OrderedHeight <= WipesUntil
    /\ wipes' = wipes + 1
    /\ wiped' = wiped \cup {p}
    /\ horizon' = [horizon EXCEPT ![p] = OrderedHeight]
    /\ held' = [held EXCEPT ![p] = {}]
    /\ loose' = [loose EXCEPT ![p] = {}]
    /\ promised' = [promised EXCEPT ![p] = {}]
    /\ marks' = [marks EXCEPT ![p] = {}]
    /\ chain' = [chain EXCEPT ![p] = <<>>]
    /\ read' = [read EXCEPT ![p] = 0]
    /\ UNCHANGED <<order, votes, signed>>

Next ==
    \/ OrderBlock
    \/ \E p \in Peers, x \in Batches : OrderVoid(p, x) \/ OrderWithdraw(p, x)
    \/ \E p \in Honest : Read(p) \/ Execute(p) \/ SignLater(p) \/ Crash(p) \/ Wipe(p)
    \/ \E p \in Honest, x \in Batches : Fetch(p, x) \/ Promise(p, x)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Liveness: what must go on, goes on. *)

Correct == Honest \ Unfair

FetchFromCorrect(p, x) ==
    /\ \E r \in Correct : x \in held[r]
    /\ Fetch(p, x)

Fairness ==
    /\ \A p \in Correct : WF_vars(Read(p)) /\ WF_vars(Execute(p)) /\ WF_vars(SignLater(p))
    /\ \A p \in Correct, x \in Batches :
        /\ WF_vars(FetchFromCorrect(p, x))
        /\ WF_vars(Promise(p, x))
        /\ WF_vars(OrderVoid(p, x))
        /\ WF_vars(OrderWithdraw(p, x))

FairSpec == Spec /\ Fairness

\* A certified block at the batch's height says what became of it.
Settled(x) == \E header \in CertifiedHeaders : Len(header) >= HeightOf(x)
EveryBatchIsSettled == \A x \in Batches : Ordered(x) ~> Settled(x)

-----------------------------------------------------------------------------
(* Safety. *)

IsPrefix(a, b) == Len(a) <= Len(b) /\ SubSeq(b, 1, Len(a)) = a

\* At each height at most one certified header, and they are one chain.
OneChain ==
    \A a, b \in CertifiedHeaders : IsPrefix(a, b) \/ IsPrefix(b, a)

\* What is certified as executed was never voided, and the other way round.
VoidIsVoid ==
    \A header \in CertifiedHeaders : \A h \in 1..Len(header) :
        /\ header[h] = "run" => ~Voided(Plan[h].of)
        /\ header[h] = "void" => Voided(Plan[h].of)

\* The batches of certified blocks are with an honest peer.
NothingIsLost ==
    wipes <= Cardinality(First) - Quorum(First) - Cardinality(Byzantine) =>
    \A header \in CertifiedHeaders : \A h \in 1..Len(header) :
        header[h] = "run" => \E p \in Honest : Plan[h].of \in held[p]

\* A certified block of epoch 2 stands on a handover that epoch 1 certified.
HandoversAreCertified ==
    \A header \in CertifiedHeaders :
        EpochAt(Len(header)) = 2 => Certified(SubSeq(header, 1, ChangeHeight))

OldEpochIsSkipped ==
    \A header \in CertifiedHeaders : \A h \in 1..Len(header) :
        (header[h] \in {"run", "void"}) =
            (Plan[h].kind = "batch" /\ EpochOf(Plan[h].of) = EpochAt(h))

-----------------------------------------------------------------------------
(* Not laws: that these can be broken shows that the model gets there. *)

NoVoidIsCertified ==
    \A header \in CertifiedHeaders : \A h \in 1..Len(header) : header[h] # "void"

NobodyRollsBack == \A p \in Honest : marks[p] = {}

NobodyComesRound ==
    \A p \in Honest, x \in Batches :
        p \in withdrawn[x] => \A header \in signed[p] : Len(header) < HeightOf(x)

NoEpochAfterVoid ==
    \A header \in CertifiedHeaders :
        EpochAt(Len(header)) = 2 => \A h \in 1..Len(header) : header[h] # "void"

-----------------------------------------------------------------------------
\* Peers that no configuration tells apart.
Alike ==
    Permutations((First \cap Second) \ Byzantine)
        \cup Permutations(First \ (Second \cup Byzantine))
        \cup Permutations(Second \ (First \cup Byzantine))
=============================================================================
