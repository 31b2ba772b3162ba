import { useEffect, useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { t } from '../messages'

/** The page of the link that confirms an address; its secret is after the #. */
export function VerifyPage() {
  const [outcome, setOutcome] = useState(t.oneMoment)
  useEffect(() => {
    api.verify(location.hash.slice(1)).then(() => setOutcome(t.yourEmailAddressIs), () => setOutcome(t.thisLinkWasAlreadyUsed))
  }, [])
  return <NoticePage title={t.confirmYourEmail}>{outcome}</NoticePage>
}
