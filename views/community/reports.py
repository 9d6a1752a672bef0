"""Reports of the community: received, then verified, then a status in the record; link and picture code for a site."""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from datetime import date
from statistics import median
from urllib.parse import urlencode, urlsplit

import pandas as pd
import segno
import streamlit as st

from forum.checks import local_day
from forum.community import VERDICTS, Report, judge, reports
from forum.public.followed import repair_days, repairs_by
from geo.analysis.placed import codes_of
from geo.model.called import called
from geo.model.changes import Change, NewSite
from geo.model.errors import PlanningError
from geo.model.facts import facts
from geo.model.sites import SITE_TABLES, STATUSES, kind_column, site_id_column
from texts import count, day, t
from views.parts.narrow import narrowed
from views.parts.picture import kept_photo, picture
from views.parts.text import marked, refusal, small
from views.session import state
from views.session.buttons import answer, asked, doing, due
from views.session.cache import analysis as cached_analysis
from views.session.cache import inputs, workspace
from views.session.hosts import reachable_address
from views.session.record import record, record_url
from views.session.who import allowed, shut, who_field
from views.session.worker import kept, once, run_limited


def community_part(lang: str) -> None:
    """What waits for a look, what was found, and how people get to the form."""
    found = reports(record(workspace()).standing())
    waiting = [one for one in found if not one.verdict and one.what != "opinion"]
    st.subheader(t("lapor.waiting", lang, count=len(waiting)))
    if waiting:
        st.dataframe(pd.DataFrame([_row(one, lang) for one in waiting]), hide_index=True, key="lapor-waiting")
        small(t("lapor.private", lang))
        _judge_form(waiting, lang)
    else:
        small(t("lapor.none", lang))
    judged = [one for one in found if one.verdict or one.what == "opinion"]
    if judged:
        with st.expander(t("lapor.judged", lang, count=len(judged))):
            st.dataframe(pd.DataFrame([_row(one, lang) for one in judged]), hide_index=True, key="lapor-judged")
    _repairs(lang)
    _link(lang)
    _form_part(lang)


def _repairs(lang: str) -> None:
    """How long verified reports took until the site was seen working, and what is still broken, the longest first."""
    told = repair_days(record(workspace()).standing())
    if not told:
        return
    st.subheader(t("lapor.repair_time", lang))
    days = [number for _, number in told if number is not None]
    words = {"done": count(len(days), lang), "all": count(len(told), lang)}
    small(
        t("lapor.repair_told", lang, days=count(median(days), lang), **words)
        if days
        else t("lapor.repair_none", lang, **words)
    )
    today = date.today()
    waits = [(one, (today - local_day(one.at)).days) for one, number in told if number is None]
    if waits:
        small(t("lapor.repair_open", lang))
        rows = [
            {
                t("minutes.column.site", lang): called(inputs(), one.site_id),
                t("lapor.text", lang): one.text,
                t("lapor.days", lang): count(n, lang),
            }
            for one, n in sorted(waits, key=lambda pair: -pair[1])
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="lapor-repairs")
    villages, kinds = _groups(lang)
    for name, groups in (("map.village", villages), ("map.kind", kinds)):
        table = [
            {
                t(name, lang): one.group,
                t("lapor.repairs.reports", lang): one.reports,
                t("lapor.repairs.done", lang): one.repaired,
                t("lapor.repairs.days", lang): count(one.median_days, lang),
                t("lapor.repairs.waiting", lang): count(one.waiting_days, lang),
            }
            for one in repairs_by(told, groups, today, t("lapor.repairs.elsewhere", lang))
        ]
        st.dataframe(pd.DataFrame(table), hide_index=True, key=f"lapor-repairs-{name}")


def _groups(lang: str) -> tuple[dict[str, str], dict[str, str]]:
    """The village and the technology or kind of every site, in words, by service and id."""
    data = inputs()
    known = zip(data.villages["village_code"], data.villages["name"], strict=True)
    codes_named = [(code, str(name or code)) for code, name in known if isinstance(code, str)]
    often = Counter(name for _, name in codes_named)
    named = {code: f"{name} ({code})" if often[name] > 1 else name for code, name in codes_named}
    villages, kinds = {}, {}
    for service, name in SITE_TABLES.items():
        table, column = getattr(data, name), kind_column(service)
        codes = codes_of(data, name)[0] if len(table) else []
        for site, code, kind in zip(table[site_id_column(service)], codes, table[column], strict=True):
            villages[f"{service}:{site}"] = named.get(code, t("lapor.repairs.elsewhere", lang))
            kinds[f"{service}:{site}"] = t(f"{column}.{kind}", lang)
    return villages, kinds


def _form_part(lang: str) -> None:
    """Answers of the form for Kobo and ODK, read apart as every upload is; the same file twice brings nothing twice."""
    st.subheader(t("lapor.form", lang))
    small(t("lapor.form_help", lang))
    if shut("verdict", lang):
        return
    epoch = st.session_state.get("lapor-epoch", 0)
    file = st.file_uploader(t("lapor.form_file", lang), type=["csv", "xlsx"], key=f"lapor-file-{epoch}")
    who_field(st, t("common.your_name", lang), "lapor-import-who")
    if file is None:
        return
    st.button(t("lapor.form_take", lang), **asked("lapor-take", act="verdict"))
    if due("lapor-take", "verdict"):
        path = kept(file.name, file.getvalue())
        try:
            # an office's address holds a password: it goes by the environment, which no list of processes shows
            where = [] if os.environ.get("MATA_AIR_RECORD") else ["--record", record_url(workspace())]
            asking = ["reports", str(path), *where, "--who", st.session_state.get("lapor-import-who") or ""]
            st.session_state["lapor-taken"] = run_limited(asking, lang, "lapor-epoch", "forum")
        except PlanningError as error:
            st.session_state["lapor-taken"] = None
            st.error(refusal(error, lang))
    found = st.session_state.get("lapor-taken")
    if found:
        st.success(
            marked("lapor.form_taken", lang, **{name: count(found[name], lang) for name in ("read", "new", "known")})
        )
        rejected = [fault for fault in found["faults"] if fault["severity"] == "rejected"]
        for fault in rejected[:20]:
            st.text(f"• {t('fixes.row', lang)} {fault['row']}: {fault['message']} {fault['remedy']}")


def _row(one: Report, lang: str) -> dict[str, str]:
    place = called(inputs(), one.site_id) if one.site_id else f"{one.lat:.6f}, {one.lon:.6f}"
    return {
        "#": str(one.number),
        t("about.date", lang): day(local_day(one.at), lang),
        t("lapor.what", lang): t(f"lapor.what.{one.what}", lang),
        t("minutes.column.site", lang): f"{place} ({t(f'service.{one.service}', lang)})",
        t("lapor.text", lang): one.text,
        t("about.who", lang): _person(one),
        t("lapor.verdict", lang): f"{t(f'lapor.verdict.{one.verdict}', lang)}: {one.reason}" if one.verdict else "–",
    }


def _person(one: Report) -> str:
    """Who reported it, for those who go and look."""
    return (" ".join(filter(None, (one.name, one.phone))) if allowed("verdict") else "") or "–"


#: How a picture that came with a report is named.
_PHOTO = re.compile(r"reports/[0-9a-f]{16}\.jpg")


def _photo_part(one: Report, lang: str) -> None:
    """The picture that came with a report, for those who judge it: made anew in a worker before it is shown."""
    path = workspace() / one.photo
    if not (_PHOTO.fullmatch(one.photo) and path.is_file() and allowed("verdict")):
        return
    asking = ["photo", str(path), "--workspace", str(workspace())]
    try:
        shown = once(asking, lambda: run_limited(asking, lang, "judge-photo"))["photo"]
    except PlanningError as error:
        st.error(refusal(error, lang))
        return
    kept_photo(workspace(), str(shown), local_day(one.at), [f"#{one.number}", called(inputs(), one.site_id)], lang)


def _judge_form(waiting: list[Report], lang: str) -> None:
    labels = {
        one.number: f"#{one.number} {t(f'lapor.what.{one.what}', lang)} {called(inputs(), one.site_id)}"
        for one in waiting
    }
    number = st.selectbox(t("lapor.which", lang), list(labels), format_func=labels.get, key="judge-of")
    one = next(report for report in waiting if report.number == number)
    _photo_part(one, lang)
    if one.text:  # beside its picture, where the list above has no room for it
        st.text(one.text)
    verdicts = {name: t(f"lapor.verdict.{name}", lang) for name in VERDICTS}
    with st.form("judge"):
        left, right = st.columns(2)
        left.selectbox(t("lapor.verdict", lang), VERDICTS, format_func=verdicts.get, key="judge-verdict")
        if one.what == "missing":
            kinds = list(facts("choices")["technology" if one.service == "water" else "facility_kind"])
            prefix = kind_column(one.service)
            names = {kind: t(f"{prefix}.{kind}", lang) for kind in kinds}
            right.selectbox(t("lapor.kind", lang), kinds, format_func=names.get, key="judge-found")
        else:
            names = {status: t(f"status.{status}", lang) for status in STATUSES}
            guess = STATUSES.index("functional" if one.what == "repaired" else "non_functional")
            right.selectbox(t("lapor.found", lang), STATUSES, index=guess, format_func=names.get, key="judge-found")
        left.text_input(t("lapor.how", lang), max_chars=300, key="judge-reason")
        who_field(right, t("common.your_name", lang), "judge-who")
        judging = doing(
            "judge",
            ("judge-who", "judge-verdict", "judge-reason", "judge-found"),
            _judge,
            one,
            act="verdict",
            then=_said,
        )
        st.form_submit_button(t("common.record", lang), **judging)
    answer("judge", lang)


def _judge(who: str, verdict: str, reason: str, found: str, one: Report) -> None:
    change: Change | NewSite | None = None
    if verdict == "verified" and one.what == "missing" and one.lat is not None and one.lon is not None:
        prefix = "w" if one.service == "water" else "s"
        place = {"village_code": one.village_code or None, "name": one.text[:60]}
        change = NewSite(one.service, f"{prefix}-lapor-{one.number}", found, one.lon, one.lat, **place)
    elif verdict == "verified":
        change = Change(one.service, one.site_id, found, date.today())
    judge(record(workspace()), who or "", one.number, verdict, reason or "", change)
    if _PHOTO.fullmatch(one.photo):  # it was looked at: as it came it is not kept any longer
        (workspace() / one.photo).unlink(missing_ok=True)


def _said(_: object) -> None:
    st.session_state["judge-reason"] = ""


def link_to(site: str, service: str, lang: str) -> str:
    """The address of the form for a site, as this server is reached."""
    page = urlsplit(st.context.url or "http://localhost:8501/")
    base = reachable_address() or f"{page.scheme}://{page.netloc}"
    asked = {"site": site, "service": service, "lang": lang}
    return f"{base}/report?{urlencode({name: value for name, value in asked.items() if value})}"


def _link(lang: str) -> None:
    st.subheader(t("lapor.link", lang))
    small(t("lapor.link_help", lang))
    if not reachable_address():
        st.info(t("lapor.only_here", lang))
    service = state.get("service")
    analysis = cached_analysis(state.params())
    table = analysis.water_points if service == "water" else analysis.sanitation
    names = dict(zip(table[site_id_column(service)], table["name"], strict=True))
    labels = {"": t("lapor.what.missing", lang)} | {key: f"{name or key} ({key})" for key, name in names.items()}
    label = t("minutes.column.site", lang)
    listed = narrowed(labels, ["", *filter(None, [st.session_state.get("lapor-link-of")])], label, "link", lang)
    site = st.selectbox(label, listed, format_func=labels.get, key="lapor-link-of")
    address = link_to(site or "", service, lang)
    code = io.BytesIO()
    segno.make(address, error="m").save(code, kind="png", scale=6, border=3)
    left, right = st.columns([1, 2], vertical_alignment="center")
    with left:
        picture(code.getvalue(), "png", labels[site or ""], 220)
    with right:
        st.code(address, language=None, wrap_lines=True)
        st.download_button(
            t("lapor.download", lang), code.getvalue(), file_name=f"lapor-{site or 'baru'}.png", mime="image/png",
            on_click="ignore",
        )  # fmt: skip


def words_part(service: str, site_id: str, lang: str) -> None:
    """What the community says of a site, shown before the forum decides; what nobody has verified is marked so."""
    mine = [one for one in reports(record(workspace()).standing()) if (one.service, one.site_id) == (service, site_id)]
    if not mine:
        return
    st.markdown(f"**{t('lapor.said', lang, count=len(mine))}**")
    for one in mine:
        when = day(local_day(one.at), lang)
        verdict = t(f"lapor.verdict.{one.verdict}", lang) if one.verdict else t("lapor.unverified", lang)
        told = verdict if one.what != "opinion" else t("lapor.what.opinion", lang)
        st.text(f"• {when}, {t(f'lapor.what.{one.what}', lang)}: {one.text or '–'} ({told})")
