import { markRaw } from "@odoo/owl";
import { ConnectionLostError } from "@web/core/network/rpc";
import { RelationalModel } from "@web/model/relational_model/relational_model";

/** A form whose fields can be filled while the network is away: what follows from a value is computed at save. */
export class KeptTextRecord extends RelationalModel.Record {
    async _getOnchangeValues(changes) {
        try {
            return await super._getOnchangeValues(changes);
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                return {};
            }
            throw error;
        }
    }

    _save() {
        this._adoptDraft();
        return super._save(...arguments);
    }

    /** Go on with the draft that was saved in silence while this new record was typed, instead of making another. */
    _adoptDraft() {
        const { draftId } = this.model;
        if (this.resId || !draftId || !this.config.isRoot) {
            return;
        }
        this._changes = markRaw({ ...this._values, ...this._changes });
        this.model._updateConfig(
            this.config,
            { resId: draftId, resIds: [...this.resIds, draftId] },
            { reload: false }
        );
        this.model.draftId = false;
    }
}

export class KeptTextModel extends RelationalModel {
    static Record = KeptTextRecord;

    setup() {
        super.setup(...arguments);
        /** @type {number | false} the draft on the server of a record that is still new in the form */
        this.draftId = false;
    }
}
