import { Activity } from "@mail/core/web/activity";
import { Activity as ActivityModel } from "@mail/core/common/activity_model";
import { ActivityListPopoverItem } from "@mail/core/web/activity_list_popover_item";
import { patch } from "@web/core/utils/patch";

/**
 * A renewal is done by writing its synthesis: "Mark done" opens it at once.
 */
patch(ActivityModel.prototype, {
    async writeSynthesis() {
        const { action, orm } = this.store.env.services;
        return action.doAction(
            await orm.call("mail.activity", "action_write_synthesis", [[this.id]])
        );
    },
});

patch(Activity.prototype, {
    get displayName() {
        const { activity_type_id, relationship_reason, summary } = this.props.activity;
        return relationship_reason && !summary ? activity_type_id?.name : super.displayName;
    },
    /** No line begins with a colon or a question mark, which French sets apart. */
    get renewalReason() {
        return this.props.activity.relationship_reason.replace(/ (?=[:;?!»])/g, "\u00a0");
    },
    async onClickMarkAsDone() {
        if (this.props.activity.relationship_reason) {
            return this.props.activity.writeSynthesis();
        }
        return super.onClickMarkAsDone(...arguments);
    },
    async onClickNoAnswer() {
        const { thread } = this;
        const { action, orm } = this.env.services;
        const told = await orm.call("mail.activity", "action_no_answer", [[this.props.activity.id]]);
        if (told.type) {
            await action.doAction(told);
        }
        this.props.onActivityChanged(thread);
        await thread.fetchNewMessages();
    },
});

patch(ActivityListPopoverItem.prototype, {
    get hasCancelButton() {
        return super.hasCancelButton && !this.props.activity.relationship_reason;
    },
    onClickMarkAsDone() {
        if (this.props.activity.relationship_reason) {
            this.props.onClickEditActivityButton?.();
            return this.props.activity.writeSynthesis();
        }
        return super.onClickMarkAsDone(...arguments);
    },
});
