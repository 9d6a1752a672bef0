"""Charts of a plan over years: people by year, money by year and source, people by money."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from geo.years.frontier import Frontier
from geo.years.plan import YearPlan
from texts import count, money, t

#: Colours that are told apart without colour sight, too (Okabe and Ito 2008).
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
_SIZE = (7.2, 3.0)


def _picture(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def _figure() -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def people_by_year(plan: YearPlan, service: str, lang: str) -> bytes:
    """People with the service by the end of each year, with the plan and without it, and all people."""
    figure, axes = _figure()
    years = [one.year for one in plan.years]
    for number, (key, values) in enumerate(
        (
            ("doc.people", [one.people[service] for one in plan.years]),
            ("doc.served", [one.served[service] for one in plan.years]),
            ("doc.without", [one.without[service] for one in plan.years]),
        )
    ):
        marker, line = ("s^o"[number], ("--", "-", ":")[number])
        axes.plot(years, values, color=_COLOURS[6 - number * 3], marker=marker, linestyle=line, label=t(key, lang))
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value, lang)))
    axes.legend(frameon=False, fontsize=8)
    axes.tick_params(labelsize=8)
    return _picture(figure)


def money_by_year(plan: YearPlan, lang: str, names: Callable[[str], str] = str) -> bytes:
    """What is spent in each year, by source as `names` calls it."""
    figure, axes = _figure()
    years = [one.year for one in plan.years]
    below = [0.0] * len(years)
    for number, source in enumerate(dict.fromkeys(one.source for one in plan.accounts)):
        spent = [sum(a.spent_idr for a in plan.accounts if a.year == y and a.source == source) for y in years]
        hatch = ("", "//", "..", "xx", "\\\\", "++", "oo")[number % 7]
        colour = _COLOURS[number % len(_COLOURS)]
        axes.bar(years, spent, bottom=below, color=colour, hatch=hatch, edgecolor="white", label=names(source))
        below = [a + b for a, b in zip(below, spent, strict=True)]
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: money(value, lang)))
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3)
    axes.tick_params(labelsize=8)
    return _picture(figure)


def people_by_money(found: Frontier, lang: str, marked: Sequence[float] = ()) -> bytes:
    """People gained by budget: the best plan found, the bound above it, the one order; `marked` budgets as lines."""
    figure, axes = _figure()
    budgets = [one.budget_idr for one in found.budgets]
    bounds = [one.people_gained if one.people_bound is None else one.people_bound for one in found.budgets]
    if any(one.gap for one in found.budgets):
        axes.plot(budgets, bounds, color="#d55e00", linestyle=":", label=t("doc.bound", lang))
    axes.plot(budgets, [one.people_gained for one in found.budgets], color="#0072b2", label=t("doc.best", lang))
    ordered = [one.order_people for one in found.budgets]
    axes.plot(budgets, ordered, color="#009e73", linestyle="--", label=t("doc.order", lang))
    axes.plot([found.knee.budget_idr], [found.knee.people_gained], "o", color="#000000", label=t("doc.knee", lang))
    for budget in marked:
        axes.axvline(budget, color="#888888", linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(4))  # "Rp2,5 miliar" needs room
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: money(value, lang)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value, lang)))
    axes.set_xlabel(t("map.cost", lang), fontsize=8)
    axes.set_ylabel(t("plan.gained", lang), fontsize=8)
    axes.legend(frameon=False, fontsize=8)
    axes.tick_params(labelsize=7)
    return _picture(figure)
