"""What every page shows around its own content: the network, the contract, the age of the index's figures."""

from typing import Any

from fastapi.responses import HTMLResponse

from api.site import Site
from api.templating import render


def page(site: Site, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    shell = {
        "network": site.network,
        "contract": site.contract.domain.contract,
        "freshness": site.freshness(),
        "query": "",
    }
    return HTMLResponse(render(template, **(shell | context)), status)
