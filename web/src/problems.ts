// Errors of the server in the language of the page, by their codes. In English, and for codes that are not listed here,
// the server's own sentence is shown, because it is more precise.
import { Problem } from '@consilium/client'
import { language } from './language/language'
import { t } from './messages'

const SENTENCES: Record<string, string> = {
  unreachable: t.problemUnreachable,
  unauthorized: t.problemUnauthorized,
  'wrong-password': t.problemWrongPassword,
  'wrong-code': t.problemWrongCode,
  'weak-password': t.problemWeakPassword,
  'too-many-attempts': t.problemTooManyAttempts,
  'too-many-requests': t.problemTooManyRequests,
  forbidden: t.problemForbidden,
  'changes-access': t.problemChangesAccess,
  'not-found': t.problemNotFound,
  gone: t.problemGone,
  changed: t.problemChanged,
  'precondition-failed': t.problemPreconditionFailed,
  'more-than-one-paragraph': t.problemMoreThanOneParagraph,
  'file-too-large': t.problemFileTooLarge,
  'body-too-large': t.problemFileTooLarge,
  'content-too-large': t.problemContentTooLarge,
  'quota-exceeded': t.problemQuotaExceeded,
  'unsupported-file-type': t.problemUnsupportedFileType,
  'file-infected': t.problemFileInfected,
  unavailable: t.problemUnavailable,
  internal: t.problemInternal,
}

export const inOwnWords = ({ status, code, message }: Problem): Problem =>
  new Problem(status, code, language === 'en' ? message : (SENTENCES[code] ?? message))
