import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { forgetView, keepView, listKeptViews } from '../src/attention/views/keeping.js';
import { answer, UserErrorObject } from './common.js';
import type { Context } from './context.js';

@ObjectType('KeptView', { description: 'A view of a list of the console that the caller keeps under a name.', simpleResolvers: true })
export class KeptViewObject {
  @Field(() => String, { description: 'Its name: one of each for a list.' })
  name!: string;
  @Field(() => String, { description: 'What narrows and orders the list, as in its page’s address: "status=FAILED&order=AMOUNT".' })
  query!: string;
}

@InputType('KeepViewInput', { description: 'A view to keep; in the place of another of its name.' })
export class KeepViewInput {
  @Field(() => String, { description: 'The list, by the path of its page: "/settlements".' })
  list!: string;
  @Field(() => String, { description: 'Up to 40 characters.' })
  name!: string;
  @Field(() => String, { description: 'As in the page’s address, up to 500 characters.' })
  query!: string;
}

@InputType('ForgetViewInput', { description: 'A view to keep no longer.' })
export class ForgetViewInput {
  @Field(() => String, { description: 'The list, by the path of its page.' })
  list!: string;
  @Field(() => String, { description: 'Its name.' })
  name!: string;
}

@ObjectType('KeptViewsPayload', { description: 'The caller’s views of the list after a change, or why there was none.', simpleResolvers: true })
export class KeptViewsPayload {
  @Field(() => [KeptViewObject], { nullable: true, description: 'Null where it was refused.' })
  views!: KeptViewObject[] | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver()
export class KeptViewResolver {
  @Query(() => [KeptViewObject], { description: 'The caller’s own views of a list, the first kept first. Staff only.' })
  keptViews(
    @Arg('list', () => String, { description: 'The list, by the path of its page.' }) list: string,
    @Ctx() { work, viewer }: Context,
  ): Promise<KeptViewObject[]> {
    return listKeptViews(work, viewer, list);
  }

  @Mutation(() => KeptViewsPayload, {
    description: 'Keeps a view of a list for the caller, in every browser of theirs. Staff only. Refuses with: INVALID.',
  })
  keepView(@Arg('input', () => KeepViewInput, { description: 'Which.' }) input: KeepViewInput, @Ctx() { work, viewer }: Context) {
    return answer({ views: null as KeptViewObject[] | null }, async () => ({ views: await keepView(work, viewer, input) }));
  }

  @Mutation(() => KeptViewsPayload, { description: 'Forgets one of the caller’s views; one that is not there stays so. Staff only.' })
  forgetView(@Arg('input', () => ForgetViewInput, { description: 'Which.' }) input: ForgetViewInput, @Ctx() { work, viewer }: Context) {
    return answer({ views: null as KeptViewObject[] | null }, async () => ({ views: await forgetView(work, viewer, input) }));
  }
}
