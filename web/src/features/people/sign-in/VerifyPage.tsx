import { useEffect, useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'

/** The page of the link that confirms an address; its secret is after the #. */
export function VerifyPage() {
  const [outcome, setOutcome] = useState('One moment…')
  useEffect(() => {
    api.verify(location.hash.slice(1)).then(() => setOutcome('Your address is confirmed.'), () => setOutcome('This link was used, or is over. Ask for another in your account.'))
  }, [])
  return <NoticePage title="Your address">{outcome}</NoticePage>
}
