"""Calls to other systems: what is owed is sent, signed, and tried again after a rest."""

from collections import Counter
from datetime import datetime

import httpx
from prefect import task
from prefect.cache_policies import NO_CACHE

from engine.calls import (
    ID,
    SIGNATURE,
    TIMESTAMP,
    Call,
    Result,
    addresses,
    end_call,
    flaw_of_address,
    listening,
    owe_calls,
    secret_of_hook,
    signature,
    take_call,
)
from tasks.house import house

PATIENCE = httpx.Timeout(10, connect=5)  # seconds
MOST = 2000  # calls of one address in one sweep; the rest waits for the next
PASSING = {408, 425, 429}  # answers of the 400s that may be another one later


def anybody_listens() -> bool:
    """Whether any other system wants to hear of what happens."""
    return listening(house().database)


@task(cache_policy=NO_CACHE)
def call_systems(at: datetime) -> dict[str, int]:
    """Tell other systems what is new; how many calls came to which state."""
    database = house().database
    owe_calls(database, at)
    with database.reading() as connection:
        hooks = addresses(connection)
    done: Counter[str] = Counter()
    with httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client:
        for hook in hooks:
            for _ in range(MOST):
                call = take_call(database, hook, at)
                if call is None:
                    break
                state = end_call(database, call, _send(client, call, at), at)
                done[state] += 1
                if state == "open":  # nobody is there now; the others would only wait as long
                    break
    return dict(done)


def _send(client: httpx.Client, call: Call, at: datetime) -> Result:
    """One try. The answer's text is not read: only whether it was taken counts."""
    if flaw := flaw_of_address(call.url):
        return Result("refused", flaw)
    body, timestamp = call.body.encode(), str(int(at.timestamp()))
    headers = {
        "content-type": "application/json",
        "user-agent": "Dudao",
        ID: call.id,
        TIMESTAMP: timestamp,
        SIGNATURE: signature(secret_of_hook(house().secret, call.hook), timestamp, body),
    }
    try:
        with client.stream("POST", call.url, content=body, headers=headers) as answer:
            status = answer.status_code
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        return Result("later", "连接不上对方系统")
    except httpx.HTTPError as error:
        return Result("lost", f"没有收到答复（{type(error).__name__}），不能确认是否送达")
    except (httpx.InvalidURL, ValueError):
        return Result("refused", "网址写法有误")
    if 200 <= status < 300:
        return Result("sent", f"对方答复{status}")
    if 300 <= status < 400:
        return Result("refused", f"对方答复{status}，要求转到别的地址；请登记最终地址")
    passing = status >= 500 or status in PASSING
    return Result("later" if passing else "refused", f"对方答复{status}")
