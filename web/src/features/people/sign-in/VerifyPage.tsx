import { useEffect, useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'

/** The page of the link that confirms an address; its secret is after the #. */
export function VerifyPage() {
  const [outcome, setOutcome] = useState('One moment…')
  useEffect(() => {
    api.verify(location.hash.slice(1)).then(() => setOutcome('Your email address is confirmed.'), () => setOutcome('This link was already used or has expired. Ask for a new one in your profile.'))
  }, [])
  return <NoticePage title="Confirm your email">{outcome}</NoticePage>
}
