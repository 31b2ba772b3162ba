// The pages for those who are not signed in, or follow a link of a mail: one script, which index.ts loads on use.
export { InvitePage } from './invitations/InvitePage'
export { ForgottenPage } from './sign-in/ForgottenPage'
export { ResetPage } from './sign-in/ResetPage'
export { SetupPage } from './sign-in/SetupPage'
export { SignInPage } from './sign-in/SignInPage'
export { VerifyPage } from './sign-in/VerifyPage'
