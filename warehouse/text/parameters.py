"""Parameters of addresses that name no page: sessions, tracking, tokens, and views of the same page.

Belongs here: tables of names. Does not belong here: how addresses are taken apart (`warehouse.text.address`), page
numbers (`spiders.pages.pagination`).

The names are those of public lists that browsers use on every site: AdGuard's URL Tracking Protection (general rules),
and the query stripping of Firefox and Brave. Left out are their names that carry ids on
Vietnamese sites: `ref`, `source`, `cid`, `uid`, `clickid`, `trk`, `var`. A short name counts only with a value that
looks like a session's.
"""

from __future__ import annotations

import re
from typing import Final

# PHP, servlets, ASP, ColdFusion, Zen Cart, osCommerce, xt:Commerce, and Cloudflare's challenge below.
_SESSIONS: Final = frozenset((
    "phpsessid", "phpsessionid", "jsessionid", "asp.net_sessionid", "aspsessionid", "cfid", "cftoken", "zenid",
    "oscsid", "xtcsid",
))  # fmt: skip
_TRACKING: Final = frozenset((
    # Google, Microsoft, Yandex
    "utm", "_ga", "_gl", "_gac", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "gad_source", "gad_campaignid",
    "srsltid", "usqp", "msclkid", "yclid", "ysclid", "syclid", "ymclid", "_openstat", "erid",
    # Social networks; Zalo's are `zarsrc` and `gidzl`.
    "fbclid", "fb_action_ids", "fb_action_types", "fb_comment_id", "fb_ref", "fb_source", "action_object_map",
    "action_ref_map", "action_type_map", "__tn__", "mibextid", "igsh", "igshid", "twclid", "ttclid", "li_fat_id",
    "epik", "zarsrc", "gidzl",
    # Adobe, AT Internet, Awin, Branch, Coremetrics, Mapp, Matomo, Yahoo and other networks
    "s_kwcid", "s_cid", "ef_id", "xtor", "at_recipient_id", "at_recipient_list", "awc", "_branch_match_id",
    "_branch_referrer", "cm_me", "cm_cr", "wt_mc", "wt.mc_id", "pk_campaign", "pk_cid", "pk_content", "pk_keyword",
    "pk_kwd", "pk_medium", "pk_source", "pk_vid", "guccounter", "guce_referrer", "guce_referrer_sig", "spm",
    "cmpid", "irclickid", "irgwc", "sscid", "tduid", "wickedid", "rb_clickid", "unicorn_click_id",
    # VnExpress
    "vn_source", "vn_medium", "vn_campaign", "vn_term", "vn_thumb", "vn_aid",
    # Newsletters
    "_hsenc", "_hsmi", "__hsfp", "__hssc", "__hstc", "hsctatracking", "mc_cid", "mc_eid", "mkt_tok", "_ke", "_kx",
    "ml_subscriber", "ml_subscriber_hash", "vero_conv", "vero_id", "oly_anon_id", "oly_enc_id", "_bhlid", "bbeml",
    "et_rid", "sfmc_id", "sfmc_activityid", "ss_email_id", "vgo_ee",
))  # fmt: skip
_PREFIXES: Final = (
    "aspsessionid", "__cf_chl_", "utm_", "mtm_", "matomo_", "piwik_", "hsa_", "itm_", "cm_mmc", "adjust_", "bsft_",
    "oft_", "_sgm_",
)  # fmt: skip
_VIEW_PAIRS: Final = frozenset(
    f"{name}={value}"
    for names, values in (
        (("print", "printable", "printpage", "printview"), ("", "1", "y", "yes", "true")),
        (("amp",), ("", "1")),
        (("tmpl",), ("component",)),
        (("format", "layout"), ("print", "printable")),
        (("output", "outputtype"), ("amp",)),
    )
    for name in names
    for value in values
)

_NAME_CHARACTERS_MAX: Final = 100
_ID: Final = re.compile(r"[0-9]{1,9}|[^-]{0,6}|.{0,200}-.{0,200}", re.DOTALL)  # a number, a short word, a slug
# Names of sessions that also carry ids: `?sid=12` is story 12, `?session_id=5` the fifth session of a council, and a
# GUID with hyphens is more often a row of a database.
_SESSION_NAME: Final = re.compile(r"sess(?:ion)?_?id")
_SHORT_SESSIONS: Final = frozenset(("sid", "ssid", "s_id", "sess", "session", "sessionkey", "session_key"))
# `s` also asks for a search or signs a picture.
_SHORT_OTHERS: Final = frozenset(("s",))
_MIXED: Final = r"(?=[A-Za-z-]{0,128}[0-9])(?=[0-9-]{0,128}[A-Za-z])"
_HEX: Final = re.compile(rf"{_MIXED}(?:[0-9a-f]{{32,128}}|[0-9A-F]{{32,128}})")
_SESSION_VALUE: Final = re.compile(rf"{_MIXED}(?:[0-9a-f]{{16,128}}|[0-9A-Za-z]{{20,128}})")
# Liferay's `p_auth`, forms of any system, and the state of Oracle WebCenter, which answers with a script without it.
_TOKEN: Final = re.compile(r"p_auth|p_p_auth|.*token.*|.*csrf.*|_afr[a-z]+|_adf\.ctrl-state")
_VIEW: Final = re.compile(r"(?:replytocom|like_comment)=[0-9]*|share=[a-z][a-z-]*")

TABLES: Final = (
    *sorted(_SESSIONS | _TRACKING | _VIEW_PAIRS | _SHORT_SESSIONS | _SHORT_OTHERS),
    *_PREFIXES,
    *(pattern.pattern for pattern in (_SESSION_NAME, _ID, _HEX, _SESSION_VALUE, _TOKEN, _VIEW)),
)
"""All that the rule depends on, for a digest of it."""


def is_session(pair: str) -> bool:
    """Tell whether a pair such as `utm_source=zalo` names a session or a campaign, not a page."""
    name, _, value = pair.partition("=")
    name = name[:_NAME_CHARACTERS_MAX].lower()
    if name in _SESSIONS or name in _TRACKING or name.startswith(_PREFIXES):
        return True
    if name in _SHORT_SESSIONS:
        return _SESSION_VALUE.fullmatch(value) is not None
    if name in _SHORT_OTHERS:
        return _HEX.fullmatch(value) is not None
    return _SESSION_NAME.fullmatch(name) is not None and _ID.fullmatch(value) is None


def is_token(pair: str) -> bool:
    """Tell whether a pair such as `p_auth=…` is a token: it names no page, but the server may ask for it."""
    return _TOKEN.fullmatch(pair.partition("=")[0][:_NAME_CHARACTERS_MAX].lower()) is not None


def is_view(pair: str) -> bool:
    """Tell whether a pair such as `print=1` only shows the same page in another form."""
    pair = pair.lower()
    return (pair if "=" in pair else f"{pair}=") in _VIEW_PAIRS or _VIEW.fullmatch(pair) is not None
