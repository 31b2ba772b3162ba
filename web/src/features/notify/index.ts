// The public part of the notify feature.
export { InboxPage } from './inbox/InboxPage'
export { NeedsAction } from './inbox/NeedsAction'
export { InstancePage } from './instance/InstancePage'
export { NotificationsPage } from './mails/NotificationsPage'
export { StopMailsPage } from './mails/StopMailsPage'
export { useUnread } from './queries'
export { WatchButton } from './watches/WatchButton'
export { WebhooksPage } from './webhooks/WebhooksPage'
