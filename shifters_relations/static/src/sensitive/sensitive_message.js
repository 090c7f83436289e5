import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { Activity } from "@mail/core/web/activity";
import { ActivityMarkAsDone } from "@mail/core/web/activity_markasdone_popover";
import { Chatter } from "@mail/chatter/web_portal/chatter";
import { Composer } from "@mail/core/common/composer";
import { patch } from "@web/core/utils/patch";
import { useDebounced } from "@web/core/utils/timing";
import { useService } from "@web/core/utils/hooks";

const AFTER = 1_000; // milliseconds without a key

/** What the law says of a message about an organisation or a person while it is typed: nothing is kept. */
export class SensitiveMessage extends Component {
    static template = "shifters_relations.SensitiveMessage";
    static props = { partnerId: Number, text: String };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ sentence: "" });
        const look = useDebounced(() => this.look(), AFTER);
        onWillStart(() => void (this.props.text && look()));
        onWillUpdateProps(({ text }) => void (text !== this.props.text && look()));
    }

    get sentence() {
        return this.props.text && this.state.sentence;
    }

    async look() {
        const { partnerId, text } = this.props;
        if (!text.trim()) {
            return;
        }
        try {
            const sentence = await this.orm.silent.call("res.partner", "relationship_say_law", [[partnerId], text]);
            if (text === this.props.text) {
                this.state.sentence = sentence;
            }
        } catch {
            // It is asked again once more is typed: no message waits for it.
        }
    }
}

Composer.components.SensitiveMessage = SensitiveMessage;
ActivityMarkAsDone.components = { ...ActivityMarkAsDone.components, SensitiveMessage };

patch(Chatter.prototype, {
    get childSubEnv() {
        const isGuarded = () =>
            this.props.threadModel === "res.partner" && this.props.threadId && this.props.record?.data.relationship_is_guarded;
        return Object.assign(super.childSubEnv, { isRelationshipGuarded: isGuarded });
    },
});

patch(Activity.prototype, {
    async onClickMarkAsDone() {
        this.props.activity.isRelationshipGuarded = this.env.isRelationshipGuarded?.();
        return super.onClickMarkAsDone(...arguments);
    },
});
