import { Text } from '@mantine/core';
import { Link, Route, Switch } from 'wouter';
import { Disputes } from './screens/disputes';
import { Events } from './screens/events';
import { Home } from './screens/home';
import { Payment } from './screens/payment';
import { Payments } from './screens/payments';
import { Seller } from './screens/seller';
import { Sellers } from './screens/sellers';
import { Settlement } from './screens/settlement';
import { Settlements } from './screens/settlements';
import { Heading } from './ui/heading';

/** Which screen an address shows. */
export function Screens() {
  return (
    <Switch>
      <Route path="/" component={Home} />
      <Route path="/settlements" component={Settlements} />
      <Route path="/settlements/:id">{({ id }) => <Settlement id={id} />}</Route>
      <Route path="/payments" component={Payments} />
      <Route path="/payments/:id">{({ id }) => <Payment id={id} />}</Route>
      <Route path="/sellers" component={Sellers} />
      <Route path="/sellers/:id">{({ id }) => <Seller id={id} />}</Route>
      <Route path="/disputes" component={Disputes} />
      <Route path="/events" component={Events} />
      <Route>
        <Heading>Not found</Heading>
        <Text>
          There is no such page. <Link href="/">What needs attention now</Link>
        </Text>
      </Route>
    </Switch>
  );
}
