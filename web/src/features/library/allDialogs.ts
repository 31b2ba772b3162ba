// The dialogs that several pages open: one script, which dialogs.ts loads on use.
export { DuplicateDialog } from './DuplicateDialog'
export { PrintDialog } from './PrintDialog'
export { ShareDialog } from './sharing/ShareDialog'
export { SpaceDialog } from './spaces/SpaceDialog'
export { KeepTemplateDialog } from './templates/KeepTemplateDialog'
export { TemplateDialog } from './templates/TemplateDialog'
export { DeleteDialog } from './tree/DeleteDialog'
export { MoveDialog } from './tree/MoveDialog'
