"""The inner loops of large covers as compiled code (numba): greedy filling, giving up, and the prices places pay.

Choices have capacity for all they reach here. `start` and `group` are a cover's rows, `worth` what all people of each
group are worth, `times` how often each group is reached by what is chosen.
"""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

#: Less worth than this is nothing.
DUST = 1e-9


@njit(cache=True, nogil=True)
def reached(start, group, inside, groups):
    """How often each group is reached by the choices that are in."""
    times = np.zeros(groups, dtype=np.int32)
    for j in np.flatnonzero(inside):
        for k in range(start[j], start[j + 1]):
            times[group[k]] += 1
    return times


@njit(cache=True, nogil=True)
def _adds(start, group, worth, times, j, mine):
    """Worth of the groups of a choice that are reached `mine` times: 0 what it would add, 1 what is lost without it."""
    total = 0.0
    for k in range(start[j], start[j + 1]):
        if times[group[k]] == mine:
            total += worth[group[k]]
    return total


@njit(cache=True, nogil=True)
def filled(start, group, worth, cost, inside, times, spent, budget, rate):
    """Add what adds most for its cost, again and again, as far as the budget goes (lazy greedy, Minoux 1978).

    Nothing is added at less than a rate. `inside` and `times` are kept; the choices in their order and what each added
    come back.
    """
    heap = [(0.0, 0)]
    heap.pop()
    for j in range(len(cost)):
        if not inside[j] and spent + cost[j] <= budget:
            adds = _adds(start, group, worth, times, j, 0)
            if adds > DUST and adds >= rate * cost[j]:
                heap.append((-adds / cost[j], j))
    heapq.heapify(heap)
    order = np.empty(len(heap), dtype=np.int64)
    gains = np.empty(len(heap))
    count = 0
    while len(heap) > 0:
        _, j = heapq.heappop(heap)
        if spent + cost[j] > budget:
            continue
        adds = _adds(start, group, worth, times, j, 0)
        if adds <= DUST or adds < rate * cost[j]:
            continue
        if len(heap) > 0 and -adds / cost[j] > heap[0][0]:
            heapq.heappush(heap, (-adds / cost[j], j))
            continue
        for k in range(start[j], start[j + 1]):
            times[group[k]] += 1
        inside[j] = True
        spent += cost[j]
        order[count] = j
        gains[count] = adds
        count += 1
    return order[:count].copy(), gains[:count].copy()


@njit(cache=True, nogil=True)
def given_up(start, group, worth, cost, keep, inside, times, spent, budget, rate):
    """Take out what is lost at less than a rate for its cost, then what is worth least until the budget pays.

    `inside` and `times` are kept; the choices in the order in which they go and what each loses come back.
    """
    heap = [(0.0, 0)]
    heap.pop()
    for j in range(len(cost)):
        if inside[j] and not keep[j]:
            heap.append((_adds(start, group, worth, times, j, 1) / cost[j], j))
    heapq.heapify(heap)
    order = np.empty(len(heap), dtype=np.int64)
    losses = np.empty(len(heap))
    count = 0
    while len(heap) > 0 and (spent > budget or heap[0][0] < rate):
        _, j = heapq.heappop(heap)
        loses = _adds(start, group, worth, times, j, 1)
        if len(heap) > 0 and loses / cost[j] > heap[0][0]:
            heapq.heappush(heap, (loses / cost[j], j))
            continue
        if spent <= budget and loses / cost[j] >= rate:
            break
        for k in range(start[j], start[j + 1]):
            times[group[k]] -= 1
        inside[j] = False
        spent -= cost[j]
        order[count] = j
        losses[count] = loses
        count += 1
    return order[:count].copy(), losses[:count].copy()


@njit(cache=True, nogil=True)
def paid(start, group, pays):
    """What each choice is paid by the groups it reaches."""
    found = np.zeros(len(start) - 1)
    for j in range(len(found)):
        for k in range(start[j], start[j + 1]):
            found[j] += pays[group[k]]
    return found


@njit(cache=True, nogil=True)
def sweep(begin, choice, worth, pays, odds, heat):
    """Let each group in turn pay so much that its choices' odds make one: exactly one of them is wanted then.

    `begin` and `choice` are the rows of groups over choices; `odds` of a choice are exp((paid − price · cost) / heat),
    it is taken with odds / (1 + odds). What a group pays lies between nothing and its worth. Both are kept.
    """
    for g in range(len(worth)):
        taken = 0.0
        for k in range(begin[g], begin[g + 1]):
            taken += odds[choice[k]] / (1.0 + odds[choice[k]])
        before = pays[g]
        now = worth[g] if taken < 1e-300 else min(max(before - heat * np.log(taken), 0.0), worth[g])
        if now != before:
            pays[g] = now
            by = np.exp((now - before) / heat)
            for k in range(begin[g], begin[g + 1]):
                odds[choice[k]] *= by


@njit(cache=True, nogil=True)
def gained_in_order(start, group, worth, order, times):
    """What each choice of an order adds to those before it; `times` is kept."""
    found = np.zeros(len(order))
    for n in range(len(order)):
        j = order[n]
        found[n] = _adds(start, group, worth, times, j, 0)
        for k in range(start[j], start[j + 1]):
            times[group[k]] += 1
    return found
