// The public part of the notify feature.
export { InboxPage } from './inbox/InboxPage'
export { Mails } from './mails/Mails'
export { StopMailsPage } from './mails/StopMailsPage'
export { useUnread } from './queries'
export { WebhooksPage } from './webhooks/WebhooksPage'
