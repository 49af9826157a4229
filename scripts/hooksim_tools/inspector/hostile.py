"""Texts that would run code, or break out of their element, in a page that does not escape them.

Each sets `pwned` or opens an alert; none may.
"""

ACT = "window.pwned=1;alert(1)"

PAYLOADS = [
    f"<script>{ACT}</script>",
    f'"><script>{ACT}</script>',
    f"'><script>{ACT}</script>",
    f"</script><script>{ACT}</script>",
    f"<img src=x onerror={ACT}>",
    f'"><img src=x onerror="{ACT}">',
    f"<svg onload={ACT}>",
    f"</pre><svg/onload={ACT}>",
    f"</code></td></tr></table><img src=x onerror={ACT}>",
    f"</textarea><script>{ACT}</script>",
    f"</title><script>{ACT}</script>",
    f"</style><script>{ACT}</script>",
    f"<body onload={ACT}>",
    f"<iframe srcdoc='<script>parent.{ACT}</script>'>",
    f"<iframe src=javascript:{ACT}>",
    f"<a href=javascript:{ACT} autofocus onfocus={ACT}>x</a>",
    f"<details open ontoggle={ACT}>",
    f"<input autofocus onfocus={ACT}>",
    f'" autofocus onfocus="{ACT}" x="',
    f"' onmouseover='{ACT}' x='",
    f"` onerror=`{ACT}`",
    "javascript:" + ACT,
    "<meta http-equiv=refresh content=0;url=http://attacker.invalid/>",
    "<link rel=stylesheet href=http://attacker.invalid/x.css>",
    "<base href=http://attacker.invalid/>",
    "<form action=http://attacker.invalid/><button>x</button></form>",
    "{{{title}}}{{> layout}}{{#pages}}",
    f"<!--><script>{ACT}</script-->",
    # A combining accent after a quote or a bracket makes it another character in some languages, but not in a browser.
    f'"\u0301><\u0338script>{ACT}</script\u0338><img src=x onerror=\u0301{ACT}>',
    f"\u202e<scr\u0000ipt>{ACT}</scr\u0000ipt>\u2028<svg onload={ACT}>",
]
