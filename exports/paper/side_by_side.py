"""Two or three scenarios, or the plans of two years, side by side on paper: figures, who gains what, maps."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

from matplotlib.figure import Figure

from exports.paper.blocks import Block, Document, Heading, Picture, Rows, Text
from exports.tables.sheet import data_marks
from geo.analysis.scenarios import Outcome, only_in, who_differs
from geo.coverage.standards import limits
from geo.model.params import Params
from geo.model.sites import SERVICES, site_id_column, state_column
from texts import count, day, metres, money, percent, t
from texts.looks import share_classes, share_colour

#: Sites that are listed of those which one scenario changes and another does not.
_MOST_SITES = 40


def setting_text(params: Params, lang: str) -> str:
    """Say under which yardstick, reach, season and area a scenario was made."""
    reach = metres(limits(params, "water").reach_m, lang)
    counted = t("control.counted" if params.capacity else "control.not_counted", lang)
    parts = [t(f"standard.{params.standard}", lang), reach, t(f"season.{params.season}", lang)]
    parts += [f"{t('control.capacity', lang).lower()} {counted}", params.area or t("about.everywhere", lang)]
    return " · ".join(parts)


def unlike(outcomes: Sequence[Outcome], lang: str) -> bool:
    """Whether scenarios were made under different settings: their figures are not to be compared as they are."""
    return len({setting_text(found.scenario.params, lang) for found in outcomes}) > 1


def figures_beside(outcomes: Sequence[Outcome], lang: str) -> dict[str, dict[str, str]]:
    """Return the figures that a forum compares, as label → text, by the scenario's name; of two, what differs last."""
    rows: dict[str, dict[str, str]] = {}
    for found in outcomes:
        cost = found.scenario.cost_idr
        column = {
            t("plan.gained", lang): count(found.gained, lang),
            t("plan.sites", lang): count(len(found.scenario.changes), lang),
            t("map.cost", lang): money(cost, lang),
            t("plan.each", lang): money(_each(found), lang),
            t("about.version", lang): found.scenario.version,
            t("scenario.setting", lang): setting_text(found.scenario.params, lang),
            t("scenario.record", lang): count(found.recorded, lang),
        }
        for name in SERVICES:
            column |= _of_service(found, name, lang)
        rows[found.scenario.name] = column
    if len(outcomes) == 2:
        rows[difference_head(outcomes, lang)] = dict.fromkeys(column, "") | _differences(outcomes[0], outcomes[1], lang)
    return rows


def _each(found: Outcome) -> float | None:
    """Rupiah a person gained; None where the cost is not known, or nobody is gained."""
    cost = found.scenario.cost_idr
    return cost / found.gained if cost is not None and found.gained >= 1 else None


def difference_head(outcomes: Sequence[Outcome], lang: str) -> str:
    """The head of what the second of two scenarios has more than the first."""
    return t("scenario.difference", lang, one=outcomes[0].scenario.name, other=outcomes[1].scenario.name)


def _differences(one: Outcome, other: Outcome, lang: str) -> dict[str, str]:
    """What the second has more than the first, by label; "–" where one of them is not known."""
    found = {
        t("plan.gained", lang): more(one.gained, other.gained, lang),
        t("plan.sites", lang): more(len(one.scenario.changes), len(other.scenario.changes), lang),
        t("map.cost", lang): more(one.scenario.cost_idr, other.scenario.cost_idr, lang, "Rp"),
        t("plan.each", lang): more(_each(one), _each(other), lang, "Rp"),
    }
    for name in SERVICES:
        mine, theirs, service = one.figures[name], other.figures[name], t(f"service.{name}", lang)
        for label, figure in (("map.share", "share"), ("scenario.poor", "poor_share_served")):
            found[f"{service}: {t(label, lang)}"] = _points(mine[figure], theirs[figure], lang)
    return found


def more(one: float | None, other: float | None, lang: str, unit: str = "") -> str:
    """How much more the other is than the one, with its sign.

    Examples
    --------
    >>> more(100, 1350, "id"), more(5e6, 3e6, "en", "Rp"), more(7, 7.2, "id"), more(None, 7, "id")
    ('+1.250', '−Rp2,000,000', '0', '–')
    """
    apart = _apart(one, other)
    return count(None, lang) if apart is None else _signed(apart, lang, unit)


def _points(one: float | None, other: float | None, lang: str) -> str:
    """How many points of a hundred a share is higher, to a tenth."""
    apart = _apart(one, other)
    if apart is None:
        return count(None, lang)
    return t("scenario.points", lang, points=_signed(apart * 100, lang, decimals=1))


def _apart(one: float | None, other: float | None) -> float | None:
    """How much the other is more than the one; None where one of them is not known."""
    return None if one is None or other is None or one != one or other != other else other - one


def _signed(value: float, lang: str, unit: str = "", decimals: int = 0) -> str:
    value = round(value, decimals)
    return count(0, lang) if value == 0 else ("+" if value > 0 else "−") + unit + count(abs(value), lang, decimals)


def _of_service(found: Outcome, name: str, lang: str) -> dict[str, str]:
    figures, service = found.figures[name], t(f"service.{name}", lang)
    best, worst = percent(figures["best_share"], lang), percent(figures["worst_share"], lang)
    code, known = figures["worst_village"], found.analysis.villages
    named = known.loc[known["village_code"] == code, "name"].tolist() or [code or "–"]
    return {
        f"{service}: {t('map.share', lang)}": percent(figures["share"], lang),
        f"{service}: {t('map.best_worst', lang)}": f"{best} / {worst}",
        f"{service}: {t('scenario.poor', lang)}": percent(figures["poor_share_served"], lang),
        f"{service}: {t('scenario.worst', lang)}": f"{named[0]} ({percent(figures['worst_village_share'], lang)})",
    }


def only_lines(outcomes: Sequence[Outcome], lang: str) -> list[str]:
    """Say which sites one scenario changes and another does not."""
    lines = []
    for one in outcomes:
        for other in outcomes:
            only = only_in(one.scenario, other.scenario) if one is not other else ()
            if only:
                names = {"one": one.scenario.name, "other": other.scenario.name}
                listed = ", ".join(only[:_MOST_SITES]) + ("…" if len(only) > _MOST_SITES else "")
                lines.append(t("scenario.only", lang, count=count(len(only), lang), sites=listed, **names))
    return lines


def side_by_side(outcomes: Sequence[Outcome], lang: str, on: date) -> Document:
    """Write the document: the figures of each scenario in a column, where they differ, and their maps.

    Parameters
    ----------
    outcomes
        Two or three, each analysed over its own data version: last year's plan may stand beside this year's.
    """
    told = figures_beside(outcomes, lang)
    heads, names = list(told), [found.scenario.name for found in outcomes]
    labels = list(next(iter(told.values())))
    versions = ", ".join(dict.fromkeys(found.scenario.version for found in outcomes))
    note = t("doc.version", lang, version=versions, day=day(on, lang))
    cells = [[label, *(told[name][label] for name in heads)] for label in labels]
    blocks: list[Block] = [Heading(t("scenario.compare", lang))]
    blocks += [Text(t("scenario.unlike", lang))] if unlike(outcomes, lang) else []
    blocks += [Rows(t("beside.figures", lang), ["", *heads], cells, note=note)]
    blocks += [Text(line) for line in only_lines(outcomes, lang)]
    for service in SERVICES:
        blocks += [Heading(t(f"service.{service}", lang), 2), *_where(outcomes, service, note, lang)]
        caption = t("beside.map", lang, service=t(f"service.{service}", lang).lower())
        blocks.append(Picture(_maps(outcomes, service, lang), f"{caption} {', '.join(names)}", caption=caption))
    marks = list(dict.fromkeys(mark for found in outcomes for mark in data_marks(found.analysis, lang)))
    title = t("beside.title", lang, names=" – ".join(names))
    footer = f"{title} · {note}"
    return Document(title, t("beside.subtitle", lang, day=day(on, lang)), marks, footer, lang, blocks, contents=False)


def _where(outcomes: Sequence[Outcome], service: str, note: str, lang: str) -> list[Block]:
    """People with the service by village, where the scenarios differ; the largest difference first."""
    found = who_differs(outcomes, service)
    word = t(f"service.{service}", lang)
    if found.empty:
        return [Text(t("scenario.same", lang, service=word))]
    numbers = [str(number) for number in range(len(outcomes))]
    apart = found[numbers].max(axis=1) - found[numbers].min(axis=1)
    found = found.loc[apart.sort_values(ascending=False, kind="stable").index]
    heads = [t("map.village", lang), t("map.code", lang), *(one.scenario.name for one in outcomes)]
    heads += [difference_head(outcomes, lang)] if len(outcomes) == 2 else []
    cells, values = [], []
    for row in found.to_dict("records"):
        people = [None if row[number] != row[number] else float(row[number]) for number in numbers]
        place = [str(row["name"] or "–"), str(row["village_code"])]
        cells.append([*place, *(count(one, lang) for one in people)])
        values.append([*place, *people])
        if len(outcomes) == 2:
            cells[-1].append(more(people[0], people[1], lang))
            values[-1].append(_apart(people[0], people[1]))
    return [Rows(t("scenario.who", lang, service=word).strip("* :"), heads, cells, values, note)]


def _maps(outcomes: Sequence[Outcome], service: str, lang: str) -> bytes:
    """Villages by the share that is served, a map a scenario, all to one scale; what each changes is ringed."""
    figure = Figure(figsize=(3.4 * len(outcomes), 3.6), layout="constrained")
    bounds = [found.analysis.bounds() for found in outcomes]
    west, south = min(one[0] for one in bounds), min(one[1] for one in bounds)
    east, north = max(one[2] for one in bounds), max(one[3] for one in bounds)
    for number, found in enumerate(outcomes, start=1):
        axes = figure.add_subplot(1, len(outcomes), number)
        villages = found.analysis.villages
        shapes = villages[villages.geom_type.isin(("Polygon", "MultiPolygon"))]
        if len(shapes):
            colours = shapes[state_column(service, "share")].map(share_colour).tolist()
            shapes.plot(ax=axes, color=colours, edgecolor="#444444", linewidth=0.5)
        points = _changed(found, service)
        axes.plot([one[0] for one in points], [one[1] for one in points], "o", mfc="none", mec="black", ms=6, mew=1.2)
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        axes.set_aspect(1.0)
        axes.set_axis_off()
        axes.set_title(found.scenario.name, fontsize=9)
    classes = share_classes()
    for least, most, colour in classes:
        axes.plot([], [], "s", color=colour, label=f"{percent(least, lang)}–{percent(most, lang)}")
    figure.legend(loc="outside lower center", ncols=len(classes), fontsize=7, frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def _changed(found: Outcome, service: str) -> list[tuple[float, float]]:
    """Where a scenario changes something of a service: longitude and latitude of its sites, new ones too."""
    mine = [change for change in found.scenario.changes if getattr(change, "service", "") == service]
    table = found.analysis.water_points if service == "water" else found.analysis.sanitation
    rows = table[table[site_id_column(service)].isin({getattr(change, "site_id", None) for change in mine})]
    return list(zip(rows.geometry.x, rows.geometry.y, strict=True))
