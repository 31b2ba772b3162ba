// Calls for the inbox, mail settings and webhooks.
import { type Schemas, client, ok } from '../../client'

export type Notification = Schemas['NotificationView']
export type Assignment = Schemas['AssignmentView']
export type MailChoices = Required<Schemas['MailChoices']>
export type Webhook = Schemas['WebhookView']
export type Delivery = Schemas['Delivery']

/** One page of notifications is enough for the inbox. */
const inbox = {
  inbox: (unread: boolean) => ok(client.GET('/api/v1/inbox', { params: { query: { unread, limit: 200 } } })).then(({ items }) => items),
  assignments: () => ok(client.GET('/api/v1/me/assignments')),
  readNotifications: (notifications?: string[]) => ok(client.POST('/api/v1/inbox/read', { body: notifications ? { notifications } : {} })),
}

const mails = {
  mailChoices: () => ok(client.GET('/api/v1/me/mails')) as Promise<MailChoices>,
  chooseMails: (body: MailChoices) => ok(client.PUT('/api/v1/me/mails', { body })),
  stopMails: (token: string) => ok(client.POST('/api/v1/mails/stop/{token}', { params: { path: { token } } })),
}

const webhooks = {
  webhooks: () => ok(client.GET('/api/v1/webhooks')),
  newWebhook: (body: Schemas['WebhookWish']) => ok(client.POST('/api/v1/webhooks', { body })),
  changeWebhook: (webhook: string, body: Schemas['WebhookWish']) => ok(client.PUT('/api/v1/webhooks/{webhook}', { params: { path: { webhook } }, body })),
  removeWebhook: (webhook: string) => ok(client.DELETE('/api/v1/webhooks/{webhook}', { params: { path: { webhook } } })),
  pingWebhook: (webhook: string) => ok(client.POST('/api/v1/webhooks/{webhook}/ping', { params: { path: { webhook } } })),
  renewWebhookSecret: (webhook: string) => ok(client.POST('/api/v1/webhooks/{webhook}/secret', { params: { path: { webhook } } })),
  deliveries: (webhook: string, failed: boolean) => ok(client.GET('/api/v1/webhooks/{webhook}/deliveries', { params: { path: { webhook }, query: { failed } } })).then(({ items }) => items),
  replay: (webhook: string, delivery: string) => ok(client.POST('/api/v1/webhooks/{webhook}/deliveries/{delivery}/replay', { params: { path: { webhook, delivery } } })),
  replayFailed: (webhook: string) => ok(client.POST('/api/v1/webhooks/{webhook}/replay', { params: { path: { webhook } } })),
}

const jobs = {
  jobs: (dead: boolean) => ok(client.GET('/api/v1/jobs', { params: { query: { dead } } })),
  retryJob: (job: string) => ok(client.POST('/api/v1/jobs/{job}/retry', { params: { path: { job } } })),
  removeJob: (job: string) => ok(client.DELETE('/api/v1/jobs/{job}', { params: { path: { job } } })),
}

const watches = {
  watches: () => ok(client.GET('/api/v1/me/watches')),
  watch: (kind: 'documents' | 'spaces', id: string) =>
    kind === 'documents' ? ok(client.PUT('/api/v1/me/watches/documents/{id}', { params: { path: { id } } })) : ok(client.PUT('/api/v1/me/watches/spaces/{space}', { params: { path: { space: id } } })),
  unwatch: (kind: 'documents' | 'spaces', id: string) =>
    kind === 'documents' ? ok(client.DELETE('/api/v1/me/watches/documents/{id}', { params: { path: { id } } })) : ok(client.DELETE('/api/v1/me/watches/spaces/{space}', { params: { path: { space: id } } })),
}

export const api = { ...inbox, ...mails, ...webhooks, ...jobs, ...watches }
