import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";
import { FormController } from "@web/views/form/form_controller";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { ListController } from "@web/views/list/list_controller";

/** Before targets are archived, what goes with them is said. */
async function getDialogProps(controller, ids) {
    const isTold = controller.props.resModel === "res.partner" && (await user.hasGroup("shifters_relations.group_contact"));
    const body = isTold && (await controller.model.orm.call("res.partner", "relationship_get_leaving_sentence", [ids]));
    return body ? { ...controller.archiveDialogProps, body } : controller.archiveDialogProps;
}

patch(FormController.prototype, {
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems(...arguments);
        items.archive.callback = async () =>
            this.dialogService.add(ConfirmationDialog, await getDialogProps(this, [this.model.root.resId]));
        return items;
    },
});

const makeSelectionPatch = () => ({
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems(...arguments);
        items.archive.callback = async () => {
            const root = this.model.root;
            root.toggleArchiveWithConfirmation(true, await getDialogProps(this, await root.getResIds(true)));
        };
        return items;
    },
});
patch(ListController.prototype, makeSelectionPatch());
patch(KanbanController.prototype, makeSelectionPatch());
