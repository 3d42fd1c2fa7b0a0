// WeCom's own robot client against the address given: answers what it hears, and says in JSON lines what happens.
import { createInterface } from 'node:readline';
import aibot from '@wecom/aibot-node-sdk';

const [url, botId, secret] = process.argv.slice(2);
const tell = (happened, details = {}) => process.stdout.write(`${JSON.stringify({ happened, ...details })}\n`);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const card = (taskId, text, label) => ({
  card_type: 'button_interaction',
  main_title: { title: text },
  task_id: taskId,
  button_list: [{ text: label, style: 1, key: `1|${label}|${label}` }],
});

const client = new aibot.WSClient({ botId, secret, wsUrl: url, reconnectInterval: 50, logger: quiet });
const attempt = async (what, work) => {
  try {
    const acknowledgement = await work();
    tell(what, { errcode: acknowledgement.errcode });
  } catch (refusal) {
    tell(what, { errcode: refusal.errcode ?? null });
  }
};

client.on('authenticated', () => tell('authenticated'));
client.on('disconnected', () => tell('disconnected'));
client.on('error', (error) => tell('error', { message: error.message }));
client.on('message.text', (frame) => {
  const text = frame.body.text.content;
  tell('heard', { text, chattype: frame.body.chattype });
  const reply = () =>
    text === '卡片'
      ? client.replyStreamWithCard(frame, 'stream-1', '请选', true, { templateCard: card('task-1', '请选', '好') })
      : client.replyStream(frame, `stream-${frame.body.msgid}`, `SDK：${text}`, true);
  attempt('replied', reply);
});
client.on('event.enter_chat', (frame) =>
  attempt('welcomed', () => client.replyWelcome(frame, { msgtype: 'text', text: { content: '您好' } })),
);
client.on('event.template_card_event', (frame) => {
  const details = frame.body.event.template_card_event ?? frame.body.event;
  tell('pressed', { key: details.event_key });
  attempt('updated', () => client.updateTemplateCard(frame, card(details.task_id, '已选', '完')));
});

createInterface({ input: process.stdin }).on('line', (line) => {
  const { chat, text } = JSON.parse(line);
  attempt('sent', () => client.sendMessage(chat, { msgtype: 'markdown', markdown: { content: text } }));
});
client.connect();
