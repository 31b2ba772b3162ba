// The texts of this folder, in the language of the page.
import { textsOf } from '../../../language/messages'
import type en from './en'

export const t = textsOf<typeof en>('/features/suggesting')
