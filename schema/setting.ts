import { Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { authorize } from '../src/access/permissions.js';
import type { Context } from './context.js';

@ObjectType('Setting', { description: 'A setting of this installation, given in its environment.', simpleResolvers: true })
export class SettingObject {
  @Field(() => String, { description: 'As it is named there.' })
  name!: string;
  @Field(() => String, { description: 'What it is for.' })
  meaning!: string;
  @Field(() => String, { nullable: true, description: 'What holds, the default where nothing is given; null for a secret that is given.' })
  value!: string | null;
  @Field(() => Boolean, { description: 'Whether it was given.' })
  isGiven!: boolean;
  @Field(() => Boolean, { description: 'Whether its value is shown to nobody.' })
  isSecret!: boolean;
}

@Resolver()
export class SettingResolver {
  @Query(() => [SettingObject], { description: 'How the process that answers was set up, secrets left out. Administrators only.' })
  settings(@Ctx() { work, viewer }: Context): SettingObject[] {
    authorize(viewer, 'settings', null);
    return work.config.told;
  }
}
