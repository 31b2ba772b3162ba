// The public part of the people feature.
import { lazily, lazyPage } from '../../elements/lazily'

export { AccountMenu } from './account/AccountMenu'
export type { Me, Member, SetupState } from './api'
export { InviteButton } from './invitations/InviteButton'
export { frameOrigins, keptMe, useGroups, useLiveMe, useMe, useMembers, useSetup, useWorkspaceName } from './queries'
export { AccountForm, type Field } from './sign-in/AccountForm'
export { Workspaces } from './workspaces/Workspaces'

// The pages outside the frame: one script.
const outside = () => import('./outside')
export const ForgottenPage = lazyPage(outside, 'ForgottenPage')
export const InvitePage = lazyPage(outside, 'InvitePage')
export const ResetPage = lazyPage(outside, 'ResetPage')
export const SetupPage = lazyPage(outside, 'SetupPage')
export const SignInPage = lazyPage(outside, 'SignInPage')
export const VerifyPage = lazyPage(outside, 'VerifyPage')

// Each is loaded when it is first opened.
export const AccountPage = lazyPage(() => import('./account/AccountPage'), 'AccountPage')
export const GroupsPage = lazyPage(() => import('./groups/GroupsPage'), 'GroupsPage')
export const KeysPage = lazyPage(() => import('./keys/KeysPage'), 'KeysPage')
export const MembersPage = lazyPage(() => import('./members/MembersPage'), 'MembersPage')
export const OtherWorkspace = lazily(() => import('./workspaces/OtherWorkspace'), 'OtherWorkspace')
export const WorkspacePage = lazyPage(() => import('./workspaces/WorkspacePage'), 'WorkspacePage')
