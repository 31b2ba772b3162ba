// What other features may use of notify.
export { InboxPage } from './inbox/InboxPage'
export { Mails } from './mails/Mails'
export { StopMailsPage } from './mails/StopMailsPage'
export { useUnread } from './queries'
export { WebhooksPage } from './webhooks/WebhooksPage'
