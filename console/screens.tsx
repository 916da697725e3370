import { Text } from '@mantine/core';
import { Link, Route, Switch } from 'wouter';
import { Books } from './screens/books';
import { Changes } from './screens/changes';
import { Disputes } from './screens/disputes';
import { Events } from './screens/events';
import { Home } from './screens/home';
import { Keys } from './screens/keys';
import { Memberships } from './screens/memberships';
import { Payment } from './screens/payment';
import { Payments } from './screens/payments';
import { Seller } from './screens/seller';
import { Sellers } from './screens/sellers';
import { Settlement } from './screens/settlement';
import { Settlements } from './screens/settlements';
import { Streams } from './screens/streams';
import { Team } from './screens/team';
import { Deliveries, Webhooks } from './screens/webhooks';
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
      <Route path="/memberships" component={Memberships} />
      <Route path="/events" component={Events} />
      <Route path="/streams" component={Streams} />
      <Route path="/books" component={Books} />
      <Route path="/changes" component={Changes} />
      <Route path="/keys" component={Keys} />
      <Route path="/webhooks" component={Webhooks} />
      <Route path="/webhooks/:id">{({ id }) => <Deliveries id={id} />}</Route>
      <Route path="/team" component={Team} />
      <Route>
        <Heading>Not found</Heading>
        <Text>
          There is no such page. <Link href="/">What needs attention now</Link>
        </Text>
      </Route>
    </Switch>
  );
}
