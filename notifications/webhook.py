"""Another system that tells people itself: it gets the message as JSON, signed like every call of
ours (docs/other_systems.md), and knows a repetition by its number."""

import json
from typing import Any

from apprise import NotifyType
from apprise.plugins.custom_json import NotifyJSON

from engine.calls import ID, SIGNATURE, TIMESTAMP, signature
from notifications.asking import Platform, post
from notifications.channel_settings import WebhookSettings
from notifications.sender import Outgoing, SendResult
from rules.values import digest


class Handover(NotifyJSON):
    """Apprise's JSON notification with whom it is for, ``message`` being the one at hand."""

    def __init__(self, settings: WebhookSettings) -> None:
        super().__init__(host="webhook")
        self.settings = settings
        self.message: Outgoing | None = None
        self.result = SendResult("failed", "消息没有内容")

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **more: Any
    ) -> bool:
        """Hand it over."""
        self.result = SendResult("unknown", "发送时出错，不能确认是否送达")
        message, number = self.message, digest(self.message.key)[:32]
        told = {
            "version": self.json_version,
            "title": title,
            "message": body,
            "short": message.short,
            "type": str(getattr(notify_type, "value", notify_type)),
            "id": number,
            "kind": message.name,
            "on": message.on.isoformat(),
            "confirm": message.link,
            "to": {"id": message.to.id, "name": message.to.name, "role": message.role}
            | {"mail": message.to.mail, "phone": message.to.phone},
        }
        content = json.dumps(told, ensure_ascii=False).encode()
        timestamp = str(int(message.at.timestamp()))
        secret = self.settings.secret.get_secret_value()
        headers = {
            ID: number,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(secret, timestamp, content),
        }
        url, timeout = self.settings.url, self.settings.timeout
        answer = post(url, content, timeout, headers, repeatable=True)
        if isinstance(answer, SendResult):
            self.result = answer
        else:
            reached = answer.said.get("state") == "delivered"
            self.result = SendResult("delivered" if reached else "sent")
        return self.result.state in ("sent", "delivered")


class Webhook(Platform):
    """The channel."""

    def handed_over(self, message: Outgoing) -> SendResult:
        """Hand one message over."""
        handover = Handover(self.settings)
        handover.message = message
        handover.notify(body=message.text, title=message.subject)
        return handover.result
