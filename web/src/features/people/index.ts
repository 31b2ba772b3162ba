// The public part of the people feature.
import { lazy } from 'react'

export { AccountMenu } from './account/AccountMenu'
export type { Me, Member, SetupState } from './api'
export { InviteButton } from './invitations/InviteButton'
export { InvitePage } from './invitations/InvitePage'
export { frameOrigins, keptMe, useGroups, useLiveMe, useMe, useMembers, useSetup, useWorkspaceName } from './queries'
export { AccountForm, type Field } from './sign-in/AccountForm'
export { ForgottenPage } from './sign-in/ForgottenPage'
export { ResetPage } from './sign-in/ResetPage'
export { SetupPage } from './sign-in/SetupPage'
export { SignInPage } from './sign-in/SignInPage'
export { VerifyPage } from './sign-in/VerifyPage'
export { OtherWorkspace } from './workspaces/OtherWorkspace'
export { Workspaces } from './workspaces/Workspaces'

// Loaded when it is first opened.
export const AccountPage = lazy(() => import('./account/AccountPage').then((module) => ({ default: module.AccountPage })))
export const GroupsPage = lazy(() => import('./groups/GroupsPage').then((module) => ({ default: module.GroupsPage })))
export const KeysPage = lazy(() => import('./keys/KeysPage').then((module) => ({ default: module.KeysPage })))
export const MembersPage = lazy(() => import('./members/MembersPage').then((module) => ({ default: module.MembersPage })))
export const WorkspacePage = lazy(() => import('./workspaces/WorkspacePage').then((module) => ({ default: module.WorkspacePage })))
