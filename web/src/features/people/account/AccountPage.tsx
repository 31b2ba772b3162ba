// The page of the signed-in account.
import { Mails } from '../../notify'
import type { Me } from '../api'
import { Keys } from '../keys/Keys'
import { PersonalData } from '../personal-data/PersonalData'
import { useSetup } from '../queries'
import { Devices } from './Devices'
import { Password } from './Password'
import { Profile } from './Profile'
import { SecondStep } from './SecondStep'

export function AccountPage({ me }: { me: Me }) {
  const setup = useSetup()
  return (
    <main className="list">
      <header><h1>Your account</h1></header>
      <Profile me={me} />
      <Password />
      <Mails serverSends={setup.data?.mails} isVerified={me.email_verified} />
      <SecondStep me={me} />
      <Devices />
      <Keys />
      <PersonalData me={me} />
    </main>
  )
}
