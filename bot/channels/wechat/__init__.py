"""The WeChat 服务号: callbacks in, passive replies, 客服消息, 订阅通知 and template messages out."""
