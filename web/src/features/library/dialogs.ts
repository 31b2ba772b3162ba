// The dialogs that several pages open, all of them loaded when one is first opened.
import { lazily } from '../../elements/lazily'

const all = () => import('./allDialogs')
export const DeleteDialog = lazily(all, 'DeleteDialog')
export const DuplicateDialog = lazily(all, 'DuplicateDialog')
export const KeepTemplateDialog = lazily(all, 'KeepTemplateDialog')
export const MoveDialog = lazily(all, 'MoveDialog')
export const PrintDialog = lazily(all, 'PrintDialog')
export const ShareDialog = lazily(all, 'ShareDialog')
export const SpaceDialog = lazily(all, 'SpaceDialog')
export const TemplateDialog = lazily(all, 'TemplateDialog')
