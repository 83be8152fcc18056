"""How far two words are apart, compiled by Numba.

A *unit* is a word of a name, or two or three neighbours read as one. It is one row of sixteen whole numbers (int32),
so that all that is asked of it lies in one line of memory: how many sounds it has, its marks (1: its script leaves out
vowels, 2: a sound of it is written with two letters, 4: it is of several words), its kind, its concept, how much its
sounds tell against a word of the like script and of the other, a digest of its Latin letters (two numbers, 0 where
there are none), and its sounds, four in a number (`sound_of`). Distances are in thousandths of what still counts as
another spelling of the same word: 0 the same, 1000 doubtful, `FAR` something else.

`table`: a row for each sound with what it costs to hear another for it; then what it costs to lose each, between like
scripts and with an abjad; for a sound that two letters may write, of which the second is h, the first; coarse classes.
"""

import numpy as np

from sanad.matching.compiling import compiled, compiled_inline, compiled_lean

LENGTH, MARKS, KIND, CONCEPT, TELLS, TELLS_MIXED, SPELLING, SPELLING_REST, SOUNDS = range(9)
IS_ABJAD, HAS_PAIR, IS_MANY = 1, 2, 4
NAME, PARTICLE, HONORIFIC, FORM, GENERIC, COMMON, NUMBER, INITIAL, KUNYA, ACRONYM, COMPOUND, PREFIX = range(12)
DESCENT = 30_000
"""The concept of particles that say whose child somebody is."""
FAR = 1600
"""Words this far apart have nothing to do with one another."""
PAIRED_MAX = 1300
SAME_CONCEPT, KIN_CONCEPT, KIN_FIRST, DISTINCT_FIRST, INITIAL_FITS, ACRONYM_FITS = 60, 330, 10_000, 20_000, 250, 600
ARTICLE_LOST = 300
"""What it costs that a word begins with the article and the other does not."""
SWAPPED, HALVED, TWICE = 500, 40, 30
INITIAL_HEARD_MAX = 600
"""An initial may be read otherwise than the word: C. is Chen or Cecil, P. is Philip."""
NEVER = 1 << 24
SOUND_L, SOUND_H = 19, 30
"""Codes of l and h in `sounds`."""


LONGEST = 64
"""A unit has at most so many sounds, written letter by letter or not."""
OWN_LENGTH, MIXED, HALVES, HEARD, ROWS = range(5)
"""What is known in a room: how many sounds the own word has, whether the other is of another kind of script, whether
an own sound may be written with two letters; how many sounds were heard last, and for how many there are rows."""


@compiled_inline
def sound_of(units, u, place):
    """The sound of a unit at a place."""
    return (units[u, SOUNDS + (place >> 2)] >> ((place & 3) << 3)) & 255


@compiled_inline
def sound_in(row, first, place):
    """The sound at a place of those that are packed in a row from number `first` on."""
    return (row[first + (place >> 2)] >> ((place & 3) << 3)) & 255


@compiled_inline
def loss(sound, before, place, length, cost, mixed):
    """What it costs to lose a sound: little for one that follows itself.

    A first sound is seldom lost, nor is a last vowel, which an abjad does write.
    """
    if place > 0 and sound == before:
        return TWICE
    if place == 0:
        return max(cost, 250 if sound <= 5 else 600)
    if place == length - 1 and 1 < sound <= 5 and mixed == 1:
        return max(cost, 400)
    return cost


@compiled_inline
def taken_up(row, first, length, table, room):
    """Takes up so many sounds of a row from number `first` on: others are compared with them from now on."""
    own, own_losses, near, places, _, _, _, known = room
    lost, half = table.shape[1], table.shape[1] + 2
    known[OWN_LENGTH], known[MIXED], known[HALVES] = length, -1, 0
    for i in range(length):
        own[i] = sound_in(row, first, i)
    for other in range(lost):
        places[other] = 0
        for i in range(length):
            near[other, i] = table[other, own[i]]
    for i in range(length):
        sound, before = own[i], own[max(i - 1, 0)]
        places[sound] |= 1 << i
        known[HALVES] |= table[half, sound] != 0
        for mixed in range(2):
            own_losses[mixed, i] = loss(sound, before, i, length, table[lost + mixed, sound], mixed)


@compiled_inline
def begun(mixed, room):
    """The row before any sound was heard: what it costs to lose the beginnings of the own ones."""
    own, own_losses, _, _, rows, least, _, known = room
    rows[0, 0] = 0
    for i in range(known[OWN_LENGTH]):
        rows[0, i + 1] = rows[0, i] + own_losses[mixed, i]
    if known[OWN_LENGTH] >= 5 and 1 <= own[0] <= 2 and own[1] == SOUND_L:
        rows[0, 2] = min(rows[0, 2], ARTICLE_LOST)
    least[0] = 0
    known[MIXED], known[HEARD], known[ROWS] = mixed, 0, 0


@compiled_inline
def halved(i, j, sound, before, own, table, rows):
    """What it costs to take two letters, the second of which is h, for the sound that they may write."""
    half, cost = table.shape[1] + 2, NEVER
    if sound == SOUND_H and j > 0 and table[half, own[i]] != 0:
        cost = rows[j - 1, i] + table[table[half, own[i]], before] + HALVED
    if own[i] == SOUND_H and i > 0 and table[half, sound] != 0:
        cost = min(cost, rows[j, i - 1] + table[table[half, sound], own[i - 1]] + HALVED)
    return cost


@compiled_inline
def lesser(one, two):
    """The lesser of two numbers, without a branch: nobody can foretell which it is."""
    difference = np.int64(one) - np.int64(two)
    return two + (difference & (difference >> 63))


@compiled_inline
def row_heard(j, sound, before, lost, table, room):
    """The costs of one more sound heard, number `j`, against all beginnings of the own ones; gives the least."""
    own, own_losses, near, places, rows, _, _, known = room
    losses, costs, above, row = own_losses[known[MIXED]], near[sound], rows[j], rows[j + 1]
    left = above[0] + lost
    if j == 1 and known[HEARD] >= 5 and 1 <= before <= 2 and sound == SOUND_L:
        left = min(left, ARTICLE_LOST)
    row[0] = left
    least = left
    swaps = places[before] & (places[sound] << 1) if j > 0 else 0
    has_half = table[table.shape[1] + 2, sound] != 0 and places[SOUND_H] != 0
    if swaps == 0 and not has_half and not (sound == SOUND_H and known[HALVES] == 1):
        for i in range(known[OWN_LENGTH]):
            left = lesser(left + losses[i], lesser(above[i] + costs[i], above[i + 1] + lost))
            row[i + 1] = left
            least = lesser(least, left)
        return least
    for i in range(known[OWN_LENGTH]):
        left = min(left + losses[i], above[i] + costs[i], above[i + 1] + lost)
        if swaps >> i & 1:
            left = min(left, rows[j - 1, i - 1] + SWAPPED)
        left = min(left, halved(i, j, sound, before, own, table, rows))
        row[i + 1] = left
        least = min(least, left)
    return least


@compiled_inline
def alike_until(row, first, heard, most):
    """How many of the first sounds of a row are those that were heard, at most `most`."""
    count = 0
    while count < most:
        differ = row[first + (count >> 2)] ^ heard[count >> 2]
        if differ != 0:
            if differ & 255 == 0:
                count += 1 if differ & 65535 != 0 else 2 if differ & 16777215 != 0 else 3
            break
        count += 4
    return max(min(count, most), 0)


@compiled_inline
def sounds_apart(row, first, length, mixed, limit, table, room):
    """Least cost of turning the own sounds into so many of a row; at least something over `limit` if it is over it.

    Hear one for another, lose one, swap two neighbours, take two letters for the sound that they may write; a first
    article is lost as a whole. As in a dictionary, words that begin alike follow one another: the rows of the sounds
    that a word has in common with the one before it are not made again, and a beginning that costs too much ends all.
    """
    _, _, _, _, rows, least, heard, known = room
    if mixed != known[MIXED]:
        begun(mixed, room)
    may_share = min(known[ROWS], length)
    if mixed == 1:  # what it costs to lose a vowel depends on whether it is the last sound
        may_share = min(may_share, known[HEARD] - 1, length - 1)
    if (length >= 5) != (known[HEARD] >= 5):  # as does a first article on how much follows it
        may_share = 0
    done = alike_until(row, first, heard, may_share)
    for number in range((length + 3) >> 2):
        heard[number] = row[first + number]
    known[HEARD] = length
    lost = table.shape[1] + mixed
    while done < length:
        if done > 0 and least[done] > limit and least[done - 1] > limit:
            known[ROWS] = done
            return NEVER
        sound, before = sound_in(row, first, done), sound_in(row, first, max(done - 1, 0))
        cost = loss(sound, before, done, length, table[lost, sound], mixed)
        least[done + 1] = row_heard(done, sound, before, cost, table, room)
        done += 1
    known[ROWS] = done
    return rows[length, known[OWN_LENGTH]]


@compiled_inline
def by_letter(units, u, table, letters):
    """Writes the sounds of a unit into a row, sh, th and the like as two; gives how many there are."""
    count = 0
    letters[:] = 0
    for place in range(units[u, LENGTH]):
        sound = sound_of(units, u, place)
        half = table[table.shape[1] + 2, sound]
        letters[count >> 2] |= (half if half != 0 else sound) << ((count & 3) << 3)
        count += 1
        if half != 0:
            letters[count >> 2] |= SOUND_H << ((count & 3) << 3)
            count += 1
    return count


@compiled_inline
def by_rule(u, units1, v, units2, table):
    """How far two units are apart where a rule says it; -1 where the sounds must be compared.

    Joined units stand against single words only.
    """
    kind1, kind2 = units1[u, KIND], units2[v, KIND]
    if units1[u, MARKS] & units2[v, MARKS] & IS_MANY != 0:
        return FAR
    if (kind1 == PARTICLE) != (kind2 == PARTICLE) or (kind1 == FORM) != (kind2 == FORM):
        return FAR
    same = units1[u, SPELLING] == units2[v, SPELLING] and units1[u, SPELLING_REST] == units2[v, SPELLING_REST]
    same = same and units1[u, SPELLING] != 0
    if kind1 == ACRONYM or kind2 == ACRONYM:
        return ACRONYM_FITS if same and kind1 != kind2 else FAR
    if kind1 in (NUMBER, FORM) or kind2 == NUMBER:
        if kind1 != kind2 or units1[u, LENGTH] != units2[v, LENGTH]:
            return FAR
        for number in range(SOUNDS, units1.shape[1]):
            if units1[u, number] != units2[v, number]:
                return FAR
        return 0
    if kind1 == INITIAL or kind2 == INITIAL:
        first = table[sound_of(units1, u, 0), sound_of(units2, v, 0)]
        if kind1 == kind2:
            return 0 if first == 0 else FAR
        return INITIAL_FITS + min(first, 300) if first <= INITIAL_HEARD_MAX else FAR
    return 0 if same else -1


@compiled_inline
def before_listening(u, units1, v, units2, table):
    """How far two units are apart as far as can be said without their sounds; and whether those must be compared."""
    ruled = by_rule(u, units1, v, units2, table)
    if ruled >= 0:
        return ruled, False
    near = FAR
    concept, concept2 = units1[u, CONCEPT], units2[v, CONCEPT]
    if concept != 0 and concept == concept2:
        near = KIN_CONCEPT if KIN_FIRST <= concept < DISTINCT_FIRST else SAME_CONCEPT
    elif concept >= DISTINCT_FIRST and concept2 >= DISTINCT_FIRST:
        return FAR, False
    kind1, kind2 = units1[u, KIND], units2[v, KIND]
    if (kind1 == COMPOUND and kind2 > NAME and kind2 != COMPOUND) or (
        kind2 == COMPOUND and kind1 > NAME and kind1 != COMPOUND
    ):
        return near, False
    mixed = (units1[u, MARKS] ^ units2[v, MARKS]) & IS_ABJAD
    length1, length2 = units1[u, TELLS + mixed], units2[v, TELLS + mixed]
    limit = scale_of(u, units1, v, units2, mixed) * PAIRED_MAX // 1000
    return near, abs(length1 - length2) <= 2 * limit


@compiled_inline
def scale_of(u, units1, v, units2, mixed):
    """What still counts as another spelling of the same word: more, the more the words tell."""
    return 500 + (units1[u, TELLS + mixed] + units2[v, TELLS + mixed]) * 17 // 200


@compiled_lean
def many_apart(u, units1, candidates, count, units2, table, rooms, until, apart):
    """How far a unit is from each of `count` candidates, into `apart`: from 0; what is farther than `until`, `FAR`.

    A slip of the hand may have torn apart letters that are one sound, s and h: words that are not altogether other ones
    are compared by letters, too.
    """
    by_sounds, by_letters, letters1, letters2 = rooms
    taken_up(units1[u], SOUNDS, units1[u, LENGTH], table, by_sounds)
    size1 = 0
    for n in range(count):
        v = candidates[n]
        apart[n], must_listen = before_listening(u, units1, v, units2, table)
        if not must_listen:
            continue
        mixed = (units1[u, MARKS] ^ units2[v, MARKS]) & IS_ABJAD
        scale = scale_of(u, units1, v, units2, mixed)
        limit = scale * until // 1000
        cost = sounds_apart(units2[v], SOUNDS, units2[v, LENGTH], mixed, limit, table, by_sounds)
        if SWAPPED < cost <= limit and mixed == 0 and (units1[u, MARKS] | units2[v, MARKS]) & HAS_PAIR != 0:
            if size1 == 0:
                size1 = by_letter(units1, u, table, letters1)
                taken_up(letters1, 0, size1, table, by_letters)
            size2 = by_letter(units2, v, table, letters2)
            if abs(size1 - size2) <= 1:
                cost = min(cost, sounds_apart(letters2, 0, size2, 0, limit, table, by_letters))
        if cost <= limit:
            apart[n] = min(apart[n], cost * 1000 // scale)


@compiled
def all_apart(units1, units2, table, rooms, apart):
    """Distances between all units of two names."""
    everyone = np.arange(len(units2))
    for u in range(len(units1)):
        many_apart(u, units1, everyone, len(units2), units2, table, rooms, PAIRED_MAX + 1, apart[u])
